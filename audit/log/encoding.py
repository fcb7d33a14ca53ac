import sys

from hutong.proofs import encoding

sys.modules[__name__] = encoding
