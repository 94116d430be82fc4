"""Numbers as bytes, written close together: what a fingerprint file is made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_MORE = 0x80
_LONGEST = 63  # bits of a varint


class Writer:
    """Collects numbers as bytes."""

    def __init__(self) -> None:
        self.data = bytearray()

    def varint(self, value: int) -> None:
        """A number from 0, seven bits to a byte, the lowest first."""
        while value >= _MORE:
            self.data.append(value & _MORE - 1 | _MORE)
            value >>= 7
        self.data.append(value)

    def signed(self, value: int) -> None:
        """A signed 64-bit number in eight bytes."""
        self.data += value.to_bytes(8, "little", signed=True)

    def text(self, value: str) -> None:
        """A short text: its length in bytes, then UTF-8."""
        encoded = value.encode()
        self.varint(len(encoded))
        self.data += encoded

    def rising(self, values: Iterable[int]) -> None:
        """A set of numbers: how many, then in rising order the distance of each from the one before."""
        ordered = sorted(values)
        self.varint(len(ordered))
        before = 0
        for value in ordered:
            self.varint(value - before)
            before = value

    def packed(self, values: Iterable[int], bits: int) -> None:
        """A set of numbers of so many bits: how many, then one behind the other, padded to whole bytes."""
        ordered = sorted(values)
        self.varint(len(ordered))
        whole = 0
        for place, value in enumerate(ordered):
            whole |= value << place * bits
        self.data += whole.to_bytes((len(ordered) * bits + 7) // 8, "little")


class Reader:
    """Reads what a Writer wrote. Every method raises ValueError where the data ends too early or cannot be."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.place = 0

    @property
    def ended(self) -> bool:
        return self.place == len(self.data)

    def raw(self, length: int) -> bytes:
        """So many bytes."""
        if length > len(self.data) - self.place:
            raise ValueError("it ends too early")
        self.place += length
        return self.data[self.place - length : self.place]

    def varint(self) -> int:
        value = 0
        for shift in range(0, _LONGEST, 7):
            (byte,) = self.raw(1)
            value |= (byte & _MORE - 1) << shift
            if byte < _MORE:
                return value
        raise ValueError("a number is too long")

    def signed(self) -> int:
        return int.from_bytes(self.raw(8), "little", signed=True)

    def text(self) -> str:
        return self.raw(self.varint()).decode()

    def rising(self) -> Sequence[int]:
        found, value = [], 0
        for _ in range(self.varint()):
            value += self.varint()
            found.append(value)
        return found

    def packed(self, bits: int) -> frozenset[int]:
        count = self.varint()
        whole = int.from_bytes(self.raw((count * bits + 7) // 8), "little")
        return frozenset(whole >> place * bits & (1 << bits) - 1 for place in range(count))
