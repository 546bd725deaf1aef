#!/usr/bin/env python3
"""Records when messages arrive over a real kernel TCP connection through a bad link. Run by hand, as root, on Linux:

    sudo python3 bench/playout/traces/record-tcp.py [ids] [--out DIR]

Two network namespaces, each with a TUN device; this process carries the packets between them and is the link: rate, queue, delay, jitter (in order), loss, black-outs. So
TCP's own retransmission, back-off and head-of-line blocking are the kernel's, while the link needs no netem in the kernel. Server and client are two processes on one
monotonic clock. A message is a WebSocket frame with one audio delta of the Realtime API (base64 in JSON), and has arrived when its last byte has been read.

Takes the 40 s that a trace lasts; two run at a time. Losses come from a seed, but the host's scheduling takes part: a second recording is similar, not equal.
"""

import argparse
import ctypes
import fcntl
import heapq
import os
import random
import select
import socket
import struct
import subprocess
import sys
import threading
import time

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TUN_NO_PI = 0x1001
RATE = 24000
MEDIA_SECONDS = 40
# A Realtime audio delta besides its base64: type, ids, indices (as servers send them), and 4 bytes of WebSocket header.
ENVELOPE_BYTES = 206 + 4
# Sizes in bytes of the deltas of a real response, cycled.
BURST_BYTES = [4800, 7200, 12000, 12000, 12000, 12000, 33600]
PORT = 7001


def paced(frames):
    """A server that sends each chunk when it would be due."""
    return [(i * frames / RATE, frames) for i in range(RATE * MEDIA_SECONDS // frames)]


def burst(speed):
    """A server that runs ahead `speed` times as fast as it will be heard; a delta is sent when its last sample exists."""
    sends, start, i = [], 0, 0
    while start < RATE * MEDIA_SECONDS:
        frames = min(BURST_BYTES[i % len(BURST_BYTES)] // 2, RATE * MEDIA_SECONDS - start)
        start += frames
        sends.append(((start - BURST_BYTES[0] // 2) / RATE / speed, frames))
        i += 1
    return sends


# Links: one-way delay and jitter in s (exponential, packets keep their order), loss per packet each way, rate in bit/s, queue in packets.
CLEAN = dict(delay=0.03, jitter=0.004, loss=0, rate=10e6, queue=100)
SCENARIOS = {
    "tcp-paced40-clean": ("40 ms deltas just in time, clean 10 Mbit/s link, RTT 60 ms", "paced", paced(960), CLEAN),
    "tcp-paced40-loss1": ("40 ms deltas just in time, 1 % loss, RTT 60 ms", "paced", paced(960), {**CLEAN, "loss": 0.01}),
    "tcp-paced40-loss2-rtt120": ("40 ms deltas just in time, 2 % loss, RTT 120 ms", "paced", paced(960), {**CLEAN, "loss": 0.02, "delay": 0.06}),
    "tcp-paced40-wifi": (
        "40 ms deltas just in time, Gilbert loss as on crowded Wi-Fi (bad for 80 ms every 3 s, 70 % lost), RTT 40 ms",
        "paced", paced(960), {**CLEAN, "delay": 0.02, "jitter": 0.006, "gilbert": (3.0, 0.08, 0.7)},
    ),
    "tcp-paced100-blackouts": (
        "100 ms deltas just in time, nothing passes for 0.4 to 1.2 s every 10 s, RTT 80 ms",
        "paced", paced(2400), {**CLEAN, "delay": 0.04, "blackouts": [(6, 0.4), (16, 0.8), (27, 1.2)]},
    ),
    "tcp-burst3x-clean": ("burst at 3x, clean 10 Mbit/s link, RTT 60 ms", "burst", burst(3), CLEAN),
    "tcp-burst3x-loss3-rtt120": ("burst at 3x, 3 % loss, RTT 120 ms", "burst", burst(3), {**CLEAN, "loss": 0.03, "delay": 0.06}),
    "tcp-burst15-wifi": (
        "burst at 1.5x, Gilbert loss as on crowded Wi-Fi (bad for 150 ms every 2 s, 70 % lost), RTT 40 ms",
        "burst", burst(1.5), {**CLEAN, "delay": 0.02, "jitter": 0.006, "gilbert": (2.0, 0.15, 0.7)},
    ),
}


def new_namespace():
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare: a network namespace of its own needs root")


def open_tun(address, peer):
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", b"tun0", IFF_TUN_NO_PI))
    for command in (["addr", "add", address, "peer", peer, "dev", "tun0"], ["link", "set", "tun0", "mtu", "1500", "up"]):
        subprocess.run(["ip", *command], check=True)
    return tun


class Link:
    """One direction: what becomes of each packet."""

    def __init__(self, into, options, seed, began):
        self.into, self.options, self.random, self.began = into, options, random.Random(seed), began
        self.free = self.last = 0.0
        self.bad, self.turns = False, began
        self.heap, self.sent, self.lost, self.count = [], 0, 0, 0

    def lose(self, now):
        for at, length in self.options.get("blackouts", []):
            if at <= now - self.began < at + length:
                return True
        if "gilbert" in self.options:
            good, bad, loss = self.options["gilbert"]
            while now >= self.turns:
                self.bad = not self.bad if self.turns > self.began else False
                self.turns += self.random.expovariate(1 / (bad if self.bad else good))
            return self.bad and self.random.random() < loss
        return self.random.random() < self.options["loss"]

    def take(self, packet, now):
        self.sent += 1
        seconds = len(packet) * 8 / self.options["rate"]
        if self.lose(now) or self.free - now > self.options["queue"] * 1500 * 8 / self.options["rate"]:
            self.lost += 1
            return
        self.free = max(self.free, now) + seconds
        self.last = max(self.last, self.free + self.options["delay"] + self.random.expovariate(1 / self.options["jitter"]))
        self.count += 1
        heapq.heappush(self.heap, (self.last, self.count, packet))

    def deliver(self, now):
        while self.heap and self.heap[0][0] <= now:
            try:
                os.write(self.into, heapq.heappop(self.heap)[2])
            except OSError:
                pass


def serve(sends, start_pipe):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("10.9.0.1", PORT))
    listener.listen(1)
    connection, _ = listener.accept()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.IPPROTO_TCP, 13, b"cubic")  # 13: TCP_CONGESTION
    time.sleep(0.3)
    began = time.monotonic()
    os.write(start_pipe, struct.pack("d", began))
    for at, frames in sends:
        wait = began + at - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        connection.sendall(struct.pack(">I", frames) + bytes(ENVELOPE_BYTES - 4 + (frames * 2 + 2) // 3 * 4))
    connection.shutdown(socket.SHUT_WR)
    time.sleep(20)


def receive(result_pipe):
    connection = socket.create_connection(("10.9.0.1", PORT))
    buffered, arrivals = b"", []
    while True:
        data = connection.recv(1 << 18)
        now = time.monotonic()
        if not data:
            break
        buffered += data
        while len(buffered) >= 4:
            frames = struct.unpack(">I", buffered[:4])[0]
            whole = ENVELOPE_BYTES + (frames * 2 + 2) // 3 * 4
            if len(buffered) < whole:
                break
            buffered = buffered[whole:]
            arrivals.append((now, frames))
    with os.fdopen(result_pipe, "wb") as pipe:
        for now, frames in arrivals:
            pipe.write(struct.pack("dI", now, frames))


def forked(work, *arguments):
    pid = os.fork()
    if pid == 0:
        try:
            work(*arguments)
        finally:
            os._exit(0)
    return pid


def record(name, out):
    title, kind, sends, options = SCENARIOS[name]
    start_read, start_write = os.pipe()
    result_read, result_write = os.pipe()
    new_namespace()
    here = open_tun("10.9.0.1", "10.9.0.2")
    server = forked(serve, sends, start_write)
    new_namespace()
    there = open_tun("10.9.0.2", "10.9.0.1")
    client = forked(receive, result_write)
    os.close(result_write)
    collected = bytearray()
    reader = threading.Thread(target=lambda: collected.extend(os.fdopen(result_read, "rb").read()))
    reader.start()
    clock = time.monotonic()
    down, up = Link(there, options, name + "down", clock), Link(here, options, name + "up", clock)
    began = None
    while reader.is_alive():
        due = min([link.heap[0][0] for link in (down, up) if link.heap], default=time.monotonic() + 0.05)
        readable, _, _ = select.select([here, there], [], [], max(0, min(0.05, due - time.monotonic())))
        now = time.monotonic()
        for fd, link in ((here, down), (there, up)):
            while fd in readable:
                try:
                    link.take(os.read(fd, 2000), now)
                except BlockingIOError:
                    break
        for link in (down, up):
            link.deliver(time.monotonic())
        if began is None and select.select([start_read], [], [], 0)[0]:
            began = struct.unpack("d", os.read(start_read, 8))[0]
    os.kill(server, 9)
    os.waitpid(server, 0)
    os.waitpid(client, 0)
    arrivals = [struct.unpack_from("dI", collected, i * 12) for i in range(len(collected) // 12)]
    if sum(frames for _, frames in arrivals) != RATE * MEDIA_SECONDS:
        raise SystemExit(f"{name}: the recording is not whole")
    first = arrivals[0][0]
    note = (
        f"Kernel TCP (cubic) {os.uname().release.split('-')[0]} through a TUN link run in user space; {down.lost} of {down.sent} packets lost on the way to the client. "
        "Time 0 is the first delta's arrival."
    )
    tokens, previous = [], None
    for now, frames in arrivals:
        at = f"{(now - first) * 1000:.1f}".removesuffix(".0")
        tokens.append(at if frames == previous else f"{at}:{frames}")
        previous = frames
    head = [
        ("sidetone-trace", "1"), ("id", name), ("title", title), ("class", kind), ("origin", "measured-tcp"), ("rate", RATE), ("mediaFrames", RATE * MEDIA_SECONDS),
        ("doneAtMs", f"{(arrivals[-1][0] - first) * 1000:.1f}".removesuffix(".0")), ("note", note),
    ]
    with open(os.path.join(out, f"{name}.trace"), "w") as file:
        file.write("".join(f"# {key}: {value}\n" for key, value in head))
        for i in range(0, len(tokens), 16):
            file.write(" ".join(tokens[i : i + 16]) + "\n")
    print(f"{name}: {len(arrivals)} messages in {arrivals[-1][0] - first:.1f} s, {down.lost} of {down.sent} packets lost", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ids", nargs="*", default=list(SCENARIOS))
    parser.add_argument("--out", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "data"))
    options = parser.parse_args()
    ids = options.ids or list(SCENARIOS)
    for i in range(0, len(ids), 2):
        for pid in [forked(record, name, options.out) for name in ids[i : i + 2]]:
            os.waitpid(pid, 0)


if __name__ == "__main__":
    sys.exit(main())
