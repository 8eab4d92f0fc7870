"""The one door to what ipykernel does not document: a kernel inside a process, without sockets and threads.

`ipykernel.inprocess` is there to embed a kernel in a program, but some of what is needed here is internal and may
change with any version. All of it is named in `NEEDED`, and nothing else of this package touches it. `faults` says what
has changed; a batch then starts a fresh process for each report, which uses documented interfaces only.
"""

from types import SimpleNamespace

import zmq
from ipykernel.inprocess.channels import InProcessChannel
from ipykernel.inprocess.client import InProcessKernelClient
from ipykernel.inprocess.ipkernel import InProcessKernel
from ipykernel.inprocess.manager import InProcessKernelManager
from ipykernel.inprocess.socket import DummySocket
from ipykernel.iostream import IOPubThread
from traitlets.config import Config

NEEDED = (  # class, attribute, what it is for
    (InProcessKernelManager, "session", "manager and kernel sign with one key"),
    (InProcessKernelManager, "kernel", "the manager is given a kernel, not asked to start one: that one has a thread"),
    (InProcessKernelManager, "client", "who asks the kernel"),
    (InProcessKernel, "iopub_thread", "is given unstarted, so that messages go out at once and in order"),
    (InProcessKernel, "_underlying_iopub_socket", "where that thread writes to, and the kernel listens"),
    (InProcessKernel, "_execute_sleep", "half a millisecond after each cell, for threads that are not there"),
    (InProcessKernel, "language_info", "what the notebook's metadata say of the language"),
    (InProcessKernelClient, "start_channels", "begins to listen"),
    (InProcessKernelClient, "execute", "runs a cell, and returns when it is over"),
    (InProcessKernelClient, "iopub_channel", "where a cell's messages come in"),
    (InProcessKernelClient, "shell_channel", "where a cell's reply comes in"),
    (DummySocket, "context", "what ZeroMQ's threads belong to, which are ended: nobody listens, and processes fork"),
    (DummySocket, "queue", "what is sent is put there"),
    (DummySocket, "message_sent", "counts what is sent, and so is how the kernel hears of it"),
    (InProcessChannel, "call_handlers", "is called with each message"),
    (InProcessChannel, "call_handlers_later", "is called with each reply"),
)


class _Kernel(InProcessKernel):
    """One whose cells may await.

    ipykernel 7 then asks for a thread that only its subshells have, and this one has neither: two attributes that
    earlier versions do not have are set, not read.
    """

    shell_channel_thread = SimpleNamespace(parent_thread=None)
    _supports_kernel_subshells = False


class _Socket(DummySocket):
    """One that copies what is sent: ZeroMQ starts three threads to watch over a picture that it does not copy."""

    def send_multipart(self, msg_parts, flags=0, copy=True, track=False):
        self.queue.put_nowait([zmq.Message(part, copy=True) for part in msg_parts])
        self.message_sent += 1


def faults() -> list[str]:
    """What this version of ipykernel lacks of `NEEDED`, each with what it is for; empty: nothing."""
    return [f"{owner.__name__}.{name} ({use})" for owner, name, use in NEEDED if not hasattr(owner, name)]


def open_kernel():
    """A kernel in this process, as a client with two lists that fill: `client, messages, replies`.

    Ask with `client.execute(source, store_history=True, allow_stdin=False)`; when it returns, the cell is over and its
    messages and reply are in the lists. `client.kernel.language_info` describes the language.
    """
    quiet = Config({"HistoryManager": {"enabled": False}})  # `In` and `Out` are there; no file, and no thread for it
    manager, socket = InProcessKernelManager(config=quiet), _Socket()
    unstarted = IOPubThread(socket, session=manager.session)
    socket.context.destroy(linger=0)  # of the pipe to that thread, and two threads of ZeroMQ behind it
    manager.kernel = _Kernel(
        parent=manager, session=manager.session, iopub_thread=unstarted, _underlying_iopub_socket=socket
    )
    manager.kernel._execute_sleep = 0
    client = manager.client()
    client.start_channels()
    messages, replies = [], []
    client.iopub_channel.call_handlers = messages.append
    client.shell_channel.call_handlers_later = replies.append
    return client, messages, replies
