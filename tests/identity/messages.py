"""Messages of every act, for hypothesis."""

from hypothesis import strategies as st

from terang.identity.typed_data import (
    AGREEMENTS,
    BALLOTS,
    PARTICIPANTS,
    TENDERS,
    Domain,
    accept_key,
    cast_ballot,
    sign_agreement,
    submit_bid,
    submit_proposal,
)

uints = {bits: st.integers(0, (1 << bits) - 1) for bits in (8, 32, 48, 128, 256)}
hashes = st.binary(min_size=32, max_size=32)
addresses = st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex())


def domains(name: str) -> st.SearchStrategy[Domain]:
    return st.builds(Domain, st.just(name), st.integers(1, 2**53 - 1), addresses)


_milestones = st.fixed_dictionaries(
    {"amount": uints[128], "dueAt": uints[48], "deliverable": hashes}
)

_agreements = st.fixed_dictionaries(
    {
        "tenderId": uints[256],
        "buyer": uints[32],
        "supplier": uints[32],
        "price": uints[128],
        "currency": addresses,
        "documents": hashes,
        "startsAt": uints[48],
        "payee": addresses,
        "refundTo": addresses,
        "milestones": st.lists(_milestones, max_size=4),
        "inspectors": st.lists(addresses, max_size=3),
        "approvals": uints[8],
    }
)

MESSAGES = st.one_of(
    st.builds(
        submit_bid,
        domains(TENDERS),
        uints[256],
        uints[32],
        uints[32],
        addresses,
        uints[128],
        hashes,
    ),
    st.builds(
        submit_proposal, domains(TENDERS), uints[256], uints[32], uints[32], addresses, hashes
    ),
    st.builds(cast_ballot, domains(BALLOTS), uints[256], uints[32], uints[32], hashes, st.binary()),
    st.builds(sign_agreement, domains(AGREEMENTS), _agreements),
    st.builds(
        accept_key, domains(PARTICIPANTS), uints[32], addresses, uints[8], uints[48], uints[48]
    ),
)
