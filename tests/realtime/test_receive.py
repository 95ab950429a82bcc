"""What a client sends reaches the handler whole, in order, and nothing it sends brings the server down."""

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError

from tests.realtime.server_process import EchoServer, RawClient, client_frame

PATHS = pytest.mark.parametrize("path", ["/take", "/plain"])


@PATHS
async def test_a_text_comes_back(server: EchoServer, path: str):
    async with connect(server.url(path)) as client:
        await client.send("¿qué tal?")
        assert await client.recv() == "¿qué tal?"


@PATHS
async def test_an_empty_message_is_delivered_both_ways(server: EchoServer, path: str):
    async with connect(server.url(path)) as client:
        await client.send("")
        await client.send("after")
        assert [await client.recv(), await client.recv()] == ["", "after"]


async def test_an_empty_binary_message_is_delivered_both_ways(server: EchoServer):
    async with connect(server.url("/plain")) as client:
        await client.send(b"")
        assert await client.recv() == b""


@PATHS
@pytest.mark.parametrize("size", [1, 125, 126, 127, 65_000 - 16_000, 48 * 1024])
async def test_each_form_of_length_is_understood(server: EchoServer, path: str, size: int):
    async with connect(server.url(path)) as client:
        await client.send("y" * size)
        assert await client.recv() == "y" * size


@PATHS
async def test_48_kib_pass_and_one_byte_more_is_answered_with_1009(server: EchoServer, path: str):
    async with connect(server.url(path)) as client:
        await client.send("z" * 48 * 1024)
        assert len(await client.recv()) == 48 * 1024
        await client.send("z" * (48 * 1024 + 1))
        with pytest.raises(ConnectionClosedError) as closed:
            await client.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


async def test_a_long_message_in_fragments_is_answered_with_1009(server: EchoServer):
    async with connect(server.url()) as client:
        await client.send("z" * 1024 for _ in range(49))
        with pytest.raises(ConnectionClosedError) as closed:
            await client.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


@PATHS
async def test_a_message_in_fragments_is_put_together(server: EchoServer, path: str):
    async with connect(server.url(path)) as client:
        await client.send(["one ", "two ", "", "three"])
        assert await client.recv() == "one two three"


def test_many_frames_in_one_segment_arrive_in_order(server: EchoServer):
    with RawClient(server.port) as client:
        client.send(b"".join(client_frame(b"%d" % number) for number in range(50)))
        assert [client.read_frame() for _ in range(50)] == [(1, b"%d" % number) for number in range(50)]


def test_texts_control_frames_and_the_beginning_of_a_text_share_a_segment(server: EchoServer):
    last = client_frame(b"cut")
    with RawClient(server.port) as client:
        client.send(client_frame(b"one") + client_frame(b"two") + client_frame(b"?", opcode=9) + last[:3])
        assert [client.read_frame() for _ in range(3)] == [(1, b"one"), (1, b"two"), (10, b"?")]
        client.send(last[3:] + client_frame(b"whole"))
        assert [client.read_frame() for _ in range(2)] == [(1, b"cut"), (1, b"whole")]


def test_a_frame_in_single_bytes_is_put_together_and_the_next_is_whole(server: EchoServer):
    with RawClient(server.port) as client:
        for byte in client_frame(b"bit by bit"):
            client.send(bytes([byte]))
        client.send(client_frame(b"at once"))
        assert [client.read_frame(), client.read_frame()] == [(1, b"bit by bit"), (1, b"at once")]


@pytest.mark.parametrize("split", [1, 3, 5, 7, 20])
def test_a_frame_cut_in_two_and_followed_in_the_same_segment(server: EchoServer, split: int):
    first, second = client_frame(b"cut in two parts"), client_frame(b"and whole")
    with RawClient(server.port) as client:
        client.send(first[:split])
        client.send(first[split:] + second)
        assert [client.read_frame(), client.read_frame()] == [(1, b"cut in two parts"), (1, b"and whole")]


@PATHS
def test_texts_that_came_with_the_handshake_are_delivered_before_later_ones(server: EchoServer, path: str):
    with RawClient(server.port, path, early=client_frame(b"early") + client_frame(b"bird")) as client:
        client.send(client_frame(b"later"))
        assert [client.read_frame()[1] for _ in range(3)] == [b"early", b"bird", b"later"]


@pytest.mark.parametrize("text", [b"\xff", b"caf\xe9", b"\xed\xa0\x80", b"half \xe2\x82"])
def test_invalid_utf8_reaches_the_handler_and_the_socket_lives_on(server: EchoServer, text: bytes):
    with RawClient(server.port) as client:
        client.send(client_frame(text))
        client.send(client_frame(text[:1], final=False) + client_frame(text[1:], opcode=0))
        client.send(client_frame(b"valid"))
        assert [client.read_frame()[1] for _ in range(3)] == [b"invalid", b"invalid", b"valid"]


def test_invalid_utf8_reaches_a_plain_application_as_bytes(server: EchoServer):
    with RawClient(server.port, "/plain") as client:
        client.send(client_frame(b"caf\xe9"))
        client.send(client_frame(b"valid"))
        assert [client.read_frame(), client.read_frame()] == [(2, b"caf\xe9"), (1, b"valid")]


async def test_a_binary_message_is_answered_like_an_invalid_one_whatever_it_holds(server: EchoServer):
    async with connect(server.url()) as client:
        await client.send(b'{"t": "hello"}')
        await client.send("text")
        assert [await client.recv(), await client.recv()] == ["invalid", "text"]


def test_an_unmasked_frame_is_refused(server: EchoServer):
    with RawClient(server.port) as client:
        client.send(b"\x81\x05naked")
        opcode, payload = client.read_frame()
        assert (opcode, payload[:2]) == (8, (1002).to_bytes(2, "big"))


def test_a_length_in_a_longer_form_than_needed_is_refused(server: EchoServer):
    with RawClient(server.port) as client:
        client.send(b"\x81\xfe\x00\x05abcd" + b"12345")
        opcode, payload = client.read_frame()
        assert (opcode, payload[:2]) == (8, (1002).to_bytes(2, "big"))


def test_a_message_in_endless_empty_fragments_is_cut(server: EchoServer):
    with RawClient(server.port) as client:
        client.send(client_frame(b"", final=False))
        try:
            for _ in range(100):
                client.send(client_frame(b"", opcode=0, final=False) * 1000)
        except ConnectionError:
            pass
        assert client.read_until_cut() == 0
    assert server.stats()["sockets"] == 0


async def test_a_handler_that_raises_closes_its_own_socket_with_1011_and_no_other(server: EchoServer):
    async with connect(server.url()) as broken, connect(server.url()) as other:
        await broken.send("crash")
        with pytest.raises(ConnectionClosedError) as closed:
            await broken.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1011
        await other.send("still here")
        assert await other.recv() == "still here"


async def test_a_ping_is_answered(server: EchoServer):
    async with connect(server.url()) as client:
        await (await client.ping(b"there?"))


async def test_a_paused_reader_is_read_again_after_it_is_resumed(server: EchoServer):
    async with connect(server.url()) as client:
        await client.send("deaf 0.2")
        await client.send("heard")
        assert await client.recv() == "heard"
