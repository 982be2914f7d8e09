"""Reads a pickle without running it. Only the opcodes and names that checkpoints need are supported.

Python's `pickle` calls any function that a file names, and trusts the lengths, indexes and nesting in the file. Here
`pickletools` parses each opcode and the code below interprets it. So a hostile file can only build dicts, lists, tuples
and the caller's stand-ins.
"""

import pickletools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from keras_mobilevitv3.weights.errors import CheckpointError

MAX_INTEGER_BYTES = 8
NUMBERS = frozenset(["BININT", "BININT1", "BININT2", "LONG1", "LONG4", "BINFLOAT"])
STRINGS = frozenset(["BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"])
BYTES = frozenset(["BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"])
LITERALS = NUMBERS | STRINGS | BYTES
CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
CONTAINERS = {"EMPTY_DICT": dict, "EMPTY_LIST": list, "EMPTY_TUPLE": tuple}
TUPLE_SIZES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
IGNORED = frozenset(["PROTO", "FRAME", "STOP"])


@dataclass(frozen=True)
class Name:
    """Global name that a pickle may mention.

    Args:
        text: String, the dotted name.
        build: Callable that replaces the global when the pickle calls it. Defaults to `None`: the pickle may mention
            the name, but not call it.
    """

    text: str
    build: Callable | None = None


def allow(mentioned: Iterable[str], built: Mapping[str, Callable]) -> dict[str, Name]:
    """Returns the allow-list of a format.

    Args:
        mentioned: Dotted names that a pickle may mention but not call.
        built: Dict from dotted name to the callable that replaces the global.

    Returns:
        Dict from dotted name to `Name`.
    """
    return {text: Name(text) for text in mentioned} | {text: Name(text, build) for text, build in built.items()}


def load_pickle(data: bytes, names: Mapping[str, Name], load_persistent: Callable[[Any], Any] | None = None) -> Any:
    """Returns the object in a pickle.

    Args:
        data: Bytes of the pickle, protocol 2 to 5.
        names: Dict from dotted name to `Name`, the allowed globals. If the pickle sets the state of an object that
            `Name.build` returned, its method `set_state` is called.
        load_persistent: Callable that maps a persistent id to an object. Defaults to `None`: persistent ids are
            errors.

    Returns:
        Dict, list, tuple, number, string, bytes, or an object that a `build` function returned.

    Raises:
        CheckpointError: If the pickle is damaged, or holds any other object.
    """
    machine = _Machine(names, load_persistent)
    try:
        for opcode, argument, _ in pickletools.genops(data):
            machine.step(opcode.name, argument)
        return machine.stack.pop()
    except CheckpointError:
        raise
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError) as error:
        raise CheckpointError(f"expected a complete pickle of a dict of arrays. Received: {error}") from error


class _Machine:
    """Stack machine that interprets the opcodes of a pickle."""

    def __init__(self, names, load_persistent):
        self.names = names
        self.load_persistent = load_persistent
        self.stack = []
        self.marks = []
        self.memo = {}

    def step(self, opcode, argument):
        if opcode in LITERALS:
            self.stack.append(self.literal(argument))
        elif opcode in CONSTANTS:
            self.stack.append(CONSTANTS[opcode])
        elif opcode in CONTAINERS:
            self.stack.append(CONTAINERS[opcode]())
        elif opcode in TUPLE_SIZES:
            self.stack.append(tuple(self.pop_many(TUPLE_SIZES[opcode])))
        elif opcode not in IGNORED:
            self.act(opcode, argument)

    def act(self, opcode, argument):
        match opcode:
            case "MARK":
                self.marks.append(len(self.stack))
            case "TUPLE":
                self.stack.append(tuple(self.pop_marked()))
            case "BINPUT" | "LONG_BINPUT":
                self.remember(argument)
            case "MEMOIZE":
                self.remember(len(self.memo))
            case "BINGET" | "LONG_BINGET":
                self.stack.append(self.memo[argument])
            case "APPEND":
                self.extend([self.stack.pop()])
            case "APPENDS":
                self.extend(self.pop_marked())
            case "SETITEM":
                self.update(self.pop_many(2))
            case "SETITEMS":
                self.update(self.pop_marked())
            case "GLOBAL":
                self.stack.append(self.find(*argument.split(" ", 1)))
            case "STACK_GLOBAL":
                self.stack.append(self.find(*self.pop_many(2)))
            case "REDUCE":
                self.stack.append(self.call(*self.pop_many(2)))
            case "BUILD":
                state = self.stack.pop()
                self.stack[-1].set_state(state)
            case "BINPERSID" if self.load_persistent:
                self.stack.append(self.load_persistent(self.stack.pop()))
            case _:
                raise CheckpointError(f"the opcode {opcode} is not allowed in the pickle of a checkpoint.")

    def pop_many(self, count):
        if len(self.stack) - count < (self.marks[-1] if self.marks else 0):
            raise IndexError("an opcode that takes more values than the stack holds")
        taken = self.stack[len(self.stack) - count :]
        del self.stack[len(self.stack) - count :]
        return taken

    def pop_marked(self):
        return self.pop_many(len(self.stack) - self.marks.pop())

    def remember(self, index):
        if index > len(self.memo):  # pickles number the memo consecutively
            raise CheckpointError(f"a memo index must be at most {len(self.memo)} here. Received: {index}")
        self.memo[index] = self.stack[-1]

    def literal(self, value):
        if isinstance(value, int) and value.bit_length() > 8 * MAX_INTEGER_BYTES:
            raise CheckpointError(f"integers must fit in {MAX_INTEGER_BYTES} bytes. Received: a longer integer")
        return value

    def extend(self, values):
        if type(self.stack[-1]) is not list:
            raise TypeError(f"values are appended to a {type(self.stack[-1]).__name__}")
        self.stack[-1].extend(values)

    def update(self, pairs):
        keys, values = pairs[::2], pairs[1::2]
        if not isinstance(self.stack[-1], dict) or not all(isinstance(key, (str, int)) for key in keys):
            raise TypeError("keys other than strings and integers, or keys of an object other than a dict")
        self.stack[-1].update(zip(keys, values, strict=True))

    def find(self, module, name):
        text = f"{module}.{name}"
        if text not in self.names:
            raise CheckpointError(f"the pickle names `{text[:200]}`. Allowed names: {sorted(self.names)}.")
        return self.names[text]

    def call(self, name, arguments):
        if not isinstance(name, Name) or name.build is None or type(arguments) is not tuple:
            raise TypeError("a call of a function that is not allowed")
        return name.build(*arguments)
