"""The list that says which inboxes are watched, and whom to tell."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiogram.errors import NewsError
from radiogram.news.channels import MailServer, parse_channel
from radiogram.news.watch_list import Watched, encode_watch_list, parse_watch_list
from tests.formats.strategies import addresses

CHANNELS = ["https://clinic.example/hook?key=1", "ntfy+https://ntfy.example/my-topic", "mailto:ann@example.org"]
days = st.dates(date(2020, 1, 1), date(2999, 12, 31))
spans = st.tuples(st.none() | days, st.none() | days).filter(lambda span: None in span or span[0] <= span[1])
ANN = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


@given(st.lists(st.tuples(addresses, st.sampled_from(CHANNELS), spans, st.none() | days), min_size=1))
def test_a_list_that_is_written_is_read(lines):
    written = encode_watch_list((inbox, tell, *span, hourly) for inbox, tell, span, hourly in lines)
    read = parse_watch_list(written.encode())
    assert read == [Watched(inbox, parse_channel(tell), *span, hourly) for inbox, tell, span, hourly in lines]


@pytest.mark.parametrize("text", [f"inbox,tell\n{ANN},{CHANNELS[0]}\n", f"﻿ tell , inbox\r\n{CHANNELS[0]}, {ANN}"])
def test_a_spreadsheet_s_file_is_read(text):
    (one,) = parse_watch_list(text.encode())
    assert (one.inbox, one.channel) == (ANN, parse_channel(CHANNELS[0]))


@given(days, st.integers(-3, 3))
def test_an_inbox_is_watched_from_its_first_to_its_last_day(day, distance):
    one = Watched(ANN, parse_channel(CHANNELS[0]), day, day)
    today = day + timedelta(distance)
    assert one.is_due(today, today) == (today == day)


@given(days, spans)
def test_an_inbox_is_watched_if_any_of_its_days_was_since_the_last_look(today, span):
    one = Watched(ANN, parse_channel(CHANNELS[0]), *span)
    since = today - timedelta(3)
    passed = [since + timedelta(n) for n in range(4)]
    is_in = [(span[0] or day) <= day <= (span[1] or day) for day in passed]
    assert one.is_due(since, today) == any(is_in)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "must name its columns"),
        ("inbox\n" + ANN, "must name its columns"),
        (f"inbox,tell,name\n{ANN},{CHANNELS[0]},Ann\n", "must name its columns"),
        ("inbox,tell\n", "names no inbox"),
        (f"inbox,tell\n{ANN},{CHANNELS[0]}\n0x12,{CHANNELS[0]}\n", "line 3"),
        (f"inbox,tell\n{ANN},{CHANNELS[0]},more\n", "line 2 of the list has more cells"),
        (f"inbox,tell\n{ANN},ftp://clinic.example\n", "line 2 of the list: nobody can be told there"),
        (f"inbox,tell,first_day\n{ANN},{CHANNELS[0]},tomorrow\n", "a day that is none"),
        (f"inbox,tell,first_day,last_day\n{ANN},{CHANNELS[0]},2026-11-28,2026-11-27\n", "ends before it begins"),
        (f'inbox,tell\n{ANN},"{CHANNELS[0]}\n', "is not CSV"),
        ("inbox,tell\n\xff".encode("latin-1").decode("latin-1").encode("latin-1"), "is not CSV"),
    ],
)
def test_a_list_that_is_none_is_refused_in_one_line(text, said):
    with pytest.raises(NewsError, match=said) as refused:
        parse_watch_list(text if isinstance(text, bytes) else text.encode())
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    "text",
    [
        *("", "clinic.example", "http://clinic.example/hook", "https://user:secret@clinic.example", "https://"),
        *("ntfy+https://ntfy.example", "ntfy+https://ntfy.example/a/b", "ntfy+https://ntfy.example/my topic"),
        *("mailto:", "mailto:ann", "mailto:ann@example.org\nBcc: eve@example.org", "mailto:a@b?bcc=eve@example.org"),
        *("https://clinic.example:99999/", "https://clinic.example/#part", "file:///etc/passwd"),
    ],
)
def test_nobody_is_told_at_what_is_no_channel(text):
    with pytest.raises(NewsError):
        parse_channel(text)


def test_a_channel_does_not_show_what_may_be_a_secret():
    for text in CHANNELS:
        channel = parse_channel(text)
        assert not any(secret in f"{channel}{channel!r}{channel.digest}" for secret in ("key=1", "my-topic", "ann@"))


@pytest.mark.parametrize("url", ["http://mail.example", "smtp://", "smtp://user:secret@mail.example", "mail.example"])
def test_what_is_no_mail_server_is_refused(url):
    with pytest.raises(NewsError, match="no mail server"):
        MailServer.parse(url, "news@clinic.example")


def test_a_mail_server_has_the_port_of_its_kind_unless_one_is_named():
    ports = {url: MailServer.parse(url, "a@b.example").port for url in ("smtp://m", "smtps://m", "smtp://m:2525")}
    assert ports == {"smtp://m": 587, "smtps://m": 465, "smtp://m:2525": 2525}
