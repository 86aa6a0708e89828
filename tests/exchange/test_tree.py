"""The tree against RFC 9162 written down again, recursively and over all leaves, by its own words."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.tree import HASHES, SHA256, Growing, Hashing, consistency, consistent, grown, included, inclusion, root
from tests.exchange.rfc9162 import mth, path, subproof

LEAVES = [bytes.fromhex(h) for h in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
LEAVES.append(bytes(range(0x60, 0x70)))
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
"""Of the reference implementation of Certificate Transparency."""


class Kept(dict):
    """Nodes, and how many were looked up."""

    asked = 0

    def __call__(self, level, position):
        self.asked += 1
        return self[level, position]


def tree(leaves, hashing=SHA256):
    nodes = Kept()
    for index, entry in enumerate(leaves):
        nodes.update({(lv, at): h for lv, at, h in grown(index, hashing.leaf(entry), nodes, hashing)})
    return nodes


def numbered(count):
    return [b"%d" % number for number in range(count)]


def test_the_reference_implementations_roots():
    nodes = tree(LEAVES)
    assert [root(size, nodes).hex() for size in range(1, 9)] == list(ROOTS)
    assert root(0, nodes).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("name", HASHES)
@pytest.mark.parametrize("size", [0, 1, 2, 3, 7, 8, 9, 31, 100])
def test_roots_are_those_of_the_rfc_by_nodes_and_by_growing(name, size):
    hashing, leaves = Hashing(name), numbered(size)
    growing = Growing(hashing)
    for leaf in leaves:
        growing.add(leaf)
    expected = mth(leaves, lambda data: hashlib.new(name, data))
    assert root(size, tree(leaves, hashing), hashing) == growing.root() == expected


SIZE = st.integers(1, 80)
ALL = numbered(80)
NODES = tree(ALL)


@given(SIZE, st.data())
def test_inclusion_proofs_are_those_of_the_rfc_and_verify(size, data):
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion(index, size, NODES)
    assert proof == path(index, ALL[:size])
    assert included(SHA256.leaf(ALL[index]), index, size, proof, mth(ALL[:size]))


@given(SIZE, st.data())
def test_consistency_proofs_are_those_of_the_rfc_and_verify(new, data):
    old = data.draw(st.integers(1, new))
    proof = consistency(old, new, NODES)
    assert proof == subproof(old, ALL[:new])
    assert consistent(old, mth(ALL[:old]), new, mth(ALL[:new]), proof)


@given(SIZE, st.data())
def test_a_proof_holds_for_its_own_leaf_place_and_tree_alone(size, data):
    index = data.draw(st.integers(0, size - 1))
    proof, top = inclusion(index, size, NODES), mth(ALL[:size])
    leaf = SHA256.leaf(ALL[index])
    other = data.draw(st.integers(0, 79).filter(lambda n: n != index))
    assert not included(SHA256.leaf(ALL[other]), index, size, proof, top)
    assert not included(leaf, other, size, proof, top)
    assert not included(leaf, index, size, [*proof, top], top)
    assert not included(leaf, index, size, proof, mth(ALL[: size + 1] if size < 80 else ALL[:79]))
    if proof:
        assert not included(leaf, index, size, proof[:-1], top)
        at = data.draw(st.integers(0, len(proof) - 1))
        bent = [*proof[:at], bytes([proof[at][0] ^ 1]) + proof[at][1:], *proof[at + 1 :]]
        assert not included(leaf, index, size, bent, top)


@given(SIZE, st.data())
def test_no_proof_ties_a_tree_to_one_that_it_did_not_begin(new, data):
    old = data.draw(st.integers(1, new))
    proof, fork = consistency(old, new, NODES), mth([b"fork", *ALL[1:old]])
    assert not consistent(old, fork, new, mth(ALL[:new]), proof)
    assert not consistent(old, mth(ALL[:old]), new, mth([b"fork", *ALL[1:new]]), proof)
    assert not consistent(old, mth(ALL[:old]), new, mth(ALL[:new]), [*proof, fork])
    if proof:
        assert not consistent(old, mth(ALL[:old]), new, mth(ALL[:new]), proof[:-1])


def test_the_edges():
    top = mth(ALL)
    assert consistent(0, mth([]), 80, top, consistency(0, 80, NODES))
    assert not consistent(0, top, 80, top, [])
    assert not consistent(80, top, 79, mth(ALL[:79]), [])
    assert not included(SHA256.leaf(b"0"), 0, 0, [], SHA256.leaf(b"0"))
    for index, size in ((-1, 3), (3, 3), (0, 0)):
        with pytest.raises(ValueError, match="leaf"):
            inclusion(index, size, NODES)
    with pytest.raises(ValueError, match="shrink"):
        consistency(3, 2, NODES)


def test_a_leaf_cannot_pass_for_a_node():
    pair = SHA256.leaf(b"0") + SHA256.leaf(b"1")
    assert not included(SHA256.leaf(pair), 0, 1, [], mth([b"0", b"1"]))


def test_proofs_grow_as_the_logarithm():
    nodes, steps, reads = tree(numbered(100_000)), [], []
    for size in (1, 10, 1_000, 100_000):
        of = [inclusion(index, size, nodes) for index in {0, size // 3, size - 1}]
        steps.append(max(map(len, of)))
        nodes.asked = 0
        inclusion(size // 2, size, nodes)
        consistency(max(size // 3, 1), size, nodes)
        root(size, nodes)
        reads.append(nodes.asked)
    assert steps == [0, 4, 10, 17]
    assert all(read <= 8 * (step + 1) for read, step in zip(reads, steps, strict=True))
