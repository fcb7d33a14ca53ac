import sys

from hutong.proofs import tree

sys.modules[__name__] = tree
