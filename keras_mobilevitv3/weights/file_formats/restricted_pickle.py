"""Reads a pickle without running it: only the opcodes and names that checkpoints need, each by our own code.

Python's `pickle` calls what a file names and trusts its lengths, indexes and nesting. Here each opcode is parsed by
`pickletools` and interpreted below, so a hostile file can only build dicts, lists, tuples and the caller's stand-ins.
"""

import pickletools
from collections.abc import Callable
from dataclasses import dataclass

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
    """A global that a pickle may mention.

    Args:
        text: String, its dotted name.
        build: Callable that stands for it when the pickle calls it. `None` where it may only be mentioned.
    """

    text: str
    build: Callable | None = None


def allow(mentioned, built):
    """The allow-list of a format: `{dotted name: Name}` from names only mentioned and from `{name: callable}`."""
    return {text: Name(text) for text in mentioned} | {text: Name(text, build) for text, build in built.items()}


def load_pickle(data, names, load_persistent=None):
    """The object that a pickle holds.

    Args:
        data: Bytes of the pickle, protocol 2 to 5.
        names: Dict from the dotted name of each allowed global to its `Name`. An object made by its `build` takes
            the state that the pickle gives it by its method `set_state`.
        load_persistent: Callable of one persistent id. `None` refuses them.

    Returns:
        Dicts, lists, tuples, numbers, strings, bytes, and what the `build` functions return.

    Raises:
        CheckpointError: if the pickle is damaged, or holds anything else.
    """
    machine = _Machine(names, load_persistent)
    try:
        for opcode, argument, _ in pickletools.genops(data):
            machine.step(opcode.name, argument)
        return machine.stack.pop()
    except CheckpointError:
        raise
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError) as error:
        raise CheckpointError(f"expected a whole pickle of a dict of arrays. Received: {error}") from error


class _Machine:
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
                raise CheckpointError(f"a checkpoint's pickle has no opcode {opcode}; this file has.")

    def pop_many(self, count):
        if len(self.stack) - count < (self.marks[-1] if self.marks else 0):
            raise IndexError("an opcode takes more than lies on the stack")
        taken = self.stack[len(self.stack) - count :]
        del self.stack[len(self.stack) - count :]
        return taken

    def pop_marked(self):
        return self.pop_many(len(self.stack) - self.marks.pop())

    def remember(self, index):
        if index > len(self.memo):  # they are given out one by one
            raise CheckpointError(f"a memo index must be at most {len(self.memo)} here. Received: {index}")
        self.memo[index] = self.stack[-1]

    def literal(self, value):
        if isinstance(value, int) and value.bit_length() > 8 * MAX_INTEGER_BYTES:
            raise CheckpointError(f"integers must fit in {MAX_INTEGER_BYTES} bytes; this file has a longer one.")
        return value

    def extend(self, values):
        if type(self.stack[-1]) is not list:
            raise TypeError(f"values are appended to a {type(self.stack[-1]).__name__}")
        self.stack[-1].extend(values)

    def update(self, pairs):
        keys, values = pairs[::2], pairs[1::2]
        if not isinstance(self.stack[-1], dict) or not all(isinstance(key, (str, int)) for key in keys):
            raise TypeError("keys other than strings and integers, or of something that is no dict")
        self.stack[-1].update(zip(keys, values, strict=True))

    def find(self, module, name):
        text = f"{module}.{name}"
        if text not in self.names:
            raise CheckpointError(f"the pickle names `{text[:200]}`, which is none of {sorted(self.names)}.")
        return self.names[text]

    def call(self, name, arguments):
        if not isinstance(name, Name) or name.build is None or type(arguments) is not tuple:
            raise TypeError("a call of something that is no allowed function")
        return name.build(*arguments)
