"""Messages as their authors seal them, sound or with a defect of each kind."""

from eth_utils.crypto import keccak

from terang.identity.signature import sign
from terang.sealing.curve import words
from terang.sealing.envelope import Sealer, box_id

from .facts import PROPOSALS, Message
from .world import CHAIN_ID, World, account, key, point_of

_DOMAIN = keccak(
    text="EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)
_BID = keccak(
    text="SubmitBid(uint256 tenderId,uint32 version,uint32 nonce,address account,uint128 price,"
    "bytes32 documents)"
)
_PROPOSAL = keccak(
    text="SubmitProposal(uint256 tenderId,uint32 version,uint32 nonce,address account,"
    "bytes32 documents)"
)
_BALLOT = keccak(
    text="CastBallot(uint256 tenderId,uint32 round,uint32 seat,bytes32 reasons,bytes marks)"
)
DEFECTS = ("LENGTH", "VERSION", "POINT", "SIGNATURE")
_DOCUMENTS = bytes(32)


class Author:
    """Seals to the boxes of one world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def bid(
        self,
        tender: int,
        stage: int,
        number: int,
        who: str,
        price: int,
        version: int,
        nonce: int,
        defect: str = "",
    ) -> Message:
        """A bid, a proposal or a price for the box under the opening key of this number."""
        if stage == PROPOSALS:
            struct = words(_PROPOSAL, tender, version, nonce, account(who), _DOCUMENTS)
            head = account(who)
        else:
            struct = words(_BID, tender, version, nonce, account(who), price, _DOCUMENTS)
            head = account(who) + price.to_bytes(16)
        head += _DOCUMENTS + version.to_bytes(4) + nonce.to_bytes(4)
        plain = head + self._signature("Tenders", struct, who, defect)
        envelope = self._seal("Tenders", tender, stage, number, plain, defect)
        return Message(envelope, defect, account=who, price=price, version=version, nonce=nonce)

    def ballot(
        self,
        tender: int,
        round_: int,
        number: int,
        who: str,
        seat: int,
        marks: bytes,
        defect: str = "",
    ) -> Message:
        """A ballot that an account signs for a seat."""
        struct = words(_BALLOT, tender, round_, seat, _DOCUMENTS, keccak(marks))
        plain = seat.to_bytes(4) + _DOCUMENTS
        plain += self._signature("Ballots", struct, who, defect) + marks
        envelope = self._seal("Ballots", tender, 16 + round_, number, plain, defect)
        return Message(envelope, defect, account=who, seat=seat, marks=marks)

    def _signature(self, contract: str, struct: bytes, who: str, defect: str) -> bytes:
        at = bytes.fromhex(self._world.contracts[contract].address[2:])
        name = keccak(text=f"Terang {contract}")
        domain = keccak(words(_DOMAIN, name, keccak(text="1"), CHAIN_ID, at))
        other = b"\x00" if defect == "SIGNATURE" else b"\x01"
        return sign(key(who), keccak(b"\x19" + other + domain + keccak(struct)))

    def _seal(
        self, contract: str, tender: int, stage: int, number: int, plain: bytes, defect: str
    ) -> bytes:
        box = box_id(CHAIN_ID, self._world.contracts[contract].address, tender, stage)
        if defect == "LENGTH":
            plain = plain[:-1]
        envelope = Sealer(point_of(number), box, plain, bytes(32)).seal(plain)
        if defect == "VERSION":
            return b"\x02" + envelope[1:]
        if defect == "POINT":
            return envelope[:1] + b"\x04" + envelope[2:]
        return envelope
