import sys

from hutong.proofs import policy

sys.modules[__name__] = policy
