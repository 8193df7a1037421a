"""Peers that stall, break off, say nonsense, or have no certificate: they are given up, and hold up nobody."""

import datetime
import socket
import ssl
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom import AE, dimse_messages

from radiogram.errors import ListenError
from radiogram.receiver.provider import Receiver, Terms
from radiogram.receiver.server import MAX_PDU_BYTES, tls_context
from tests.ports import free_port
from tests.receiver.conftest import TITLE, until

CT = "1.2.840.10008.5.1.4.1.1.2"
PATIENCE = 3.0  # seconds


def is_closed(connection: socket.socket) -> bool:
    """Whether the receiver closes it; an abort may come before."""
    connection.settimeout(20)
    try:
        while connection.recv(4096):
            pass
    except ConnectionResetError:
        pass
    return True


@pytest.mark.parametrize(
    "said", [b"", b"\x01", b"\x01\0\0\0\x01\0half of it"], ids=["nothing", "one byte", "half a request"]
)
def test_who_stalls_is_given_up(receive, said, slice_of):
    running = receive(patience=PATIENCE)
    with socket.create_connection((running.host, running.port)) as connection:
        connection.sendall(said)
        assert running.send(slice_of())[0].Status == 0x0000  # who comes after is served
        assert is_closed(connection)


@pytest.fixture
def in_the_middle(receive, slice_of):
    """A receiver, and an association in which half of an instance has come."""
    running = receive(patience=5.0)
    with running.association((CT, ExplicitVRLittleEndian)) as peer:
        send = peer.dul.send_pdu
        sent = []

        def few(primitive):
            sent.append(primitive)
            if len(sent) <= 2:
                send(primitive)

        peer.dul.send_pdu = few
        image = slice_of(PixelData=bytes(300_000))
        sending = threading.Thread(target=peer.send_c_store, args=(image,), daemon=True)
        sending.start()
        until(running.incoming)
        yield running, peer
        sending.join(30)


def test_who_stalls_in_the_middle_of_an_instance_leaves_nothing(in_the_middle):
    running, _ = in_the_middle
    until(lambda: not running.incoming())
    assert running.files() == []


def test_who_breaks_off_in_the_middle_of_an_instance_leaves_nothing(in_the_middle):
    running, peer = in_the_middle
    peer.dul.socket._shutdown_socket()
    until(lambda: not running.incoming())
    assert running.files() == []


def test_a_pdu_without_end_is_not_held_in_memory(receive):
    running = receive()
    with socket.create_connection((running.host, running.port)) as connection:
        connection.sendall(b"\x01\0" + (MAX_PDU_BYTES + 1).to_bytes(4, "big"))
        assert is_closed(connection)


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\n\r\n", bytes(100), b"\x04\0\0\0\0\x04junk"])
def test_nonsense_is_not_answered(receive, said, slice_of):
    running = receive(patience=PATIENCE)
    with socket.create_connection((running.host, running.port)) as connection:
        connection.sendall(said)
        assert is_closed(connection)
    assert running.send(slice_of())[0].Status == 0x0000


def test_a_receiver_that_ends_gives_up_whoever_is_there(tmp_path, receive, slice_of):
    running = receive()
    before = dimse_messages.NamedTemporaryFile
    second = Receiver(running.box, Terms((TITLE,)), lambda _: None)
    server = second.listen("127.0.0.1", free_port())
    with second.serving(server):
        peer = AE()
        peer.add_requested_context(CT)
        open_one = peer.associate(*server.server_address[:2], ae_title=TITLE)
        stalled = socket.create_connection(server.server_address[:2])
        stalled.sendall(b"\x01")
    until(lambda: not open_one.is_established)
    assert is_closed(stalled)
    stalled.close()
    assert dimse_messages.NamedTemporaryFile == before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(server.server_address[:2])


def test_an_address_that_is_taken_is_said(receive):
    running = receive()
    with pytest.raises(ListenError, match="can't listen on 127"):
        Receiver(running.box, Terms((TITLE,)), lambda _: None).listen(running.host, running.port)


# ---- TLS


def certificate(folder, name, issuer=None):
    """A certificate and its key, as files; its own authority without an issuer."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .sign(issuer[1] if issuer else key, hashes.SHA256())
    )
    pem, secret = folder / f"{name}.pem", folder / f"{name}.key"
    pem.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return built, key, pem, secret


@pytest.fixture
def certificates(tmp_path):
    authority = certificate(tmp_path, "authority")
    return authority[2], certificate(tmp_path, "clinic", authority)[2:], certificate(tmp_path, "ct1", authority)[2:]


def client(authority, own=None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=authority)
    context.check_hostname = False
    if own:
        context.load_cert_chain(*own)
    return context


@pytest.mark.parametrize("asks_for_one", [False, True], ids=["asks for no certificate", "asks for one"])
@pytest.mark.parametrize("has_one", [False, True], ids=["has none", "has one"])
def test_with_tls_whoever_has_the_certificate_that_is_asked_for_is_served(
    receive, certificates, slice_of, asks_for_one, has_one
):
    authority, clinic, scanner = certificates
    running = receive(tls_context(*clinic, authority if asks_for_one else None))
    context = client(authority, scanner if has_one else None)
    with running.association((CT, ExplicitVRLittleEndian), tls_args=(context, "clinic")) as peer:
        assert peer.is_established == (has_one or not asks_for_one)
        if peer.is_established:
            assert peer.send_c_store(slice_of()).Status == 0x0000
    assert len(running.files()) == (has_one or not asks_for_one)


def test_dcmtk_sends_over_tls(receive, dcmtk, certificates, slice_of):
    authority, clinic, scanner = certificates
    running = receive(tls_context(*clinic, authority))
    done = running.storescu(dcmtk("storescu"), "+tls", scanner[1], scanner[0], "+cf", authority, slice_of())
    assert done.returncode == 0, done.stderr
    assert len(running.files()) == 1


def test_with_tls_nobody_is_served_without_and_who_stalls_holds_up_nobody(receive, certificates, slice_of):
    authority, clinic, _ = certificates
    running = receive(tls_context(*clinic, None), patience=PATIENCE)
    with socket.create_connection((running.host, running.port)) as stalled:
        stalled.sendall(b"\x16\x03")
        with running.association((CT, ExplicitVRLittleEndian)) as plain:
            assert not plain.is_established
        tls = (client(authority), "clinic")
        with running.association((CT, ExplicitVRLittleEndian), tls_args=tls) as peer:
            assert peer.send_c_store(slice_of()).Status == 0x0000
        assert is_closed(stalled)


def test_what_is_no_certificate_is_named(tmp_path, certificates):
    _, (pem, key), _ = certificates
    (tmp_path / "junk").write_text("junk")
    with pytest.raises(ListenError, match="junk"):
        tls_context(tmp_path / "junk", key, None)
    with pytest.raises(ListenError, match="no certificate of an authority"):
        tls_context(pem, key, tmp_path / "junk")
    with pytest.raises(ListenError, match="No such file"):
        tls_context(tmp_path / "missing", key, None)
