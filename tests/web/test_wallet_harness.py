"""The tests' own wallet, browser and watch do what the tests of the pages rely on."""

import json

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data

from tests.web.conftest import starter, stop

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Test</title><link rel="icon" href="data:,">
<main><h1>Test</h1><button>Press</button></main><script type="module" src="assets/test.js"></script></html>"""
INLINE = PAGE.replace("<main>", "<script>bad = 1</script><main>").replace("<button", '<button onclick="bad = 2"')
SCRIPT = """
globalThis.found = [];
addEventListener("eip6963:announceProvider", ({ detail }) => {
  if (found.some(({ info }) => info.uuid === detail.info.uuid)) return;
  found.push(detail);
  for (const name of ["accountsChanged", "chainChanged", "disconnect"])
    detail.provider.on(name, (value) => (globalThis.events ??= []).push([name, value]));
});
dispatchEvent(new Event("eip6963:requestProvider"));
globalThis.ask = (method, params, wallet = 0) =>
  found[wallet].provider.request({ method, params }).catch(({ code, message, data }) => ({ code, message, data }));
"""


@pytest.fixture(scope="module")
def site(devnet, tmp_path_factory):
    """A page of the tests' own instead of the website."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "assets").mkdir()
    (folder / "index.html").write_text(PAGE)
    (folder / "inline.html").write_text(INLINE)
    (folder / "assets" / "test.js").write_text(SCRIPT)
    process, said = starter(devnet, folder)()
    yield said["url"]
    stop(process)


# A box for files that has the focus, in a page that is never idle.
BUSY = """() => {
  document.body.append(Object.assign(document.createElement("input"), { type: "file" }));
  document.body.lastChild.focus();
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    const end = performance.now() + 50;
    while (performance.now() < end);
    port2.postMessage(null);
  };
  for (let task = 0; task < 3; task++) port2.postMessage(null);
}"""


def ask(page, method, *params, wallet=0):
    return page.evaluate("([method, params, wallet]) => ask(method, params, wallet)", [method, list(params), wallet])


def test_a_wallet_announces_itself_and_is_also_where_old_pages_look(page, wallet):
    opened = page()
    assert opened.evaluate("found.map(({ info }) => info.name)") == ["Test wallet"]
    assert opened.evaluate("found[0].provider === ethereum")


def test_without_a_wallet_there_is_none(page):
    opened = page()
    assert opened.evaluate("found.length === 0 && !('ethereum' in globalThis)")


def test_a_second_wallet_has_its_own_account(page, wallet, wallets, newcomer):
    other = newcomer()
    wallets(other.private_key, "Second wallet", "org.example.second")
    opened = page()
    assert opened.evaluate("found.map(({ info }) => info.name)") == ["Test wallet", "Second wallet"]
    assert ask(opened, "eth_requestAccounts", wallet=1) == [other.address.lower()]
    assert ask(opened, "eth_accounts", wallet=0) == []


def test_a_late_wallet_is_there_when_it_announces_itself(page, wallets, newcomer):
    late = wallets(newcomer().private_key, "Late wallet", "org.example.late", late=True)
    opened = page()
    assert opened.evaluate("found.length") == 0
    late.announce()
    assert opened.evaluate("found.map(({ info }) => info.name)") == ["Late wallet"]


def test_it_shows_no_account_before_it_is_asked_to_connect(page, wallet, technologist):
    opened = page()
    assert ask(opened, "eth_accounts") == []
    assert ask(opened, "eth_requestAccounts") == [technologist.address.lower()]
    assert opened.evaluate("events") == [["accountsChanged", [technologist.address]]]
    assert wallet.methods == ["eth_accounts", "eth_requestAccounts"]


def test_it_rejects_the_next_request_once(page, wallet):
    opened = page()
    wallet.reject_next = True
    assert ask(opened, "eth_requestAccounts")["code"] == 4001
    assert len(ask(opened, "eth_requestAccounts")) == 1


def test_it_rejects_the_one_method_that_is_named(page, wallet, technologist):
    opened = page()
    wallet.reject_next = "personal_sign"
    ask(opened, "eth_requestAccounts")
    assert ask(opened, "personal_sign", "0x00", technologist.address)["code"] == 4001


@pytest.mark.parametrize("reject", [False, True])
def test_a_request_hangs_until_it_is_released(page, wallet, technologist, reject):
    opened = page()
    wallet.hang_next = "eth_requestAccounts"
    opened.evaluate("void ask('eth_requestAccounts', []).then((answer) => (globalThis.answer = answer))")
    opened.wait_for_timeout(100)
    assert opened.evaluate("globalThis.answer === undefined")
    assert ask(opened, "eth_requestAccounts")["code"] == -32002
    wallet.release(reject=reject)
    opened.wait_for_function("() => globalThis.answer !== undefined")
    answer = opened.evaluate("answer")
    assert answer["code"] == 4001 if reject else answer == [technologist.address.lower()]


def test_it_tells_of_another_account_another_chain_and_lost_connections(page, wallet, stranger):
    opened = page()
    ask(opened, "eth_requestAccounts")
    opened.evaluate("events = []")
    wallet.switch_account(stranger.private_key)
    wallet.switch_chain(1)
    wallet.lose_connection()
    wallet.disconnect()
    assert [name for name, _ in opened.evaluate("events")] == [
        "accountsChanged",
        "chainChanged",
        "disconnect",
        "accountsChanged",
    ]
    assert ask(opened, "eth_accounts") == []


def test_an_unknown_chain_must_be_added_before_it_is_switched_to(page, wallet, chain):
    opened = page()
    wallet.known_chains = {1}
    wallet.switch_chain(1)
    ours = hex(wallet.network)
    assert ask(opened, "wallet_switchEthereumChain", {"chainId": ours})["code"] == 4902
    details = {"chainId": ours, "chainName": "Local network", "rpcUrls": [chain.url]}
    assert ask(opened, "wallet_addEthereumChain", details)["code"] == -32602
    details["nativeCurrency"] = {"name": "Ether", "symbol": "ETH", "decimals": 18}
    assert ask(opened, "wallet_addEthereumChain", details) is None
    assert ask(opened, "eth_chainId") == ours
    assert opened.evaluate("events.at(-1)") == ["chainChanged", ours]


def test_a_transaction_reaches_the_chain_with_eip_1559_fees(page, wallet, chain, newcomer):
    opened, other = page(), newcomer(0)
    account = ask(opened, "eth_requestAccounts")[0]
    hash_ = ask(opened, "eth_sendTransaction", {"from": account, "to": other.address, "value": "0x5"})
    receipt = chain.ask("eth_getTransactionReceipt", hash_)
    assert (receipt["type"], receipt["status"], chain.balance(other.address)) == ("0x2", "0x1", 5)
    assert wallet.sent == [hash_]


def test_too_little_money_is_refused_by_the_wallet(page, wallet, newcomer, technologist):
    opened = page()
    wallet.switch_account(newcomer(ether=0).private_key)
    account = ask(opened, "eth_requestAccounts")[0]
    failed = ask(opened, "eth_sendTransaction", {"from": account, "to": technologist.address, "gas": "0x5208"})
    assert (failed["code"], "insufficient funds" in failed["message"]) == (-32000, True)


def test_an_account_that_was_not_shown_signs_nothing(page, wallet, technologist):
    assert ask(page(), "personal_sign", "0x00", technologist.address)["code"] == 4100


def test_a_personal_signature_recovers_to_the_account(page, wallet, technologist):
    opened = page()
    ask(opened, "eth_requestAccounts")
    signature = ask(opened, "personal_sign", "0x" + b"Radiogram".hex(), technologist.address)
    assert Account.recover_message(encode_defunct(b"Radiogram"), signature=signature) == technologist.address


TYPED = {
    "types": {"EIP712Domain": [{"name": "name", "type": "string"}], "Act": [{"name": "count", "type": "uint256"}]},
    "primaryType": "Act",
    "domain": {"name": "Test"},
    "message": {"count": 1},
}


@pytest.mark.parametrize("deterministic", [True, False])
def test_typed_data_is_signed_the_same_twice_unless_asked_otherwise(page, wallet, technologist, deterministic):
    opened = page()
    ask(opened, "eth_requestAccounts")
    wallet.deterministic = deterministic
    signatures = {ask(opened, "eth_signTypedData_v4", technologist.address, json.dumps(TYPED)) for _ in range(2)}
    assert len(signatures) == (1 if deterministic else 2)
    message = encode_typed_data(full_message=TYPED)
    assert {Account.recover_message(message, signature=each) for each in signatures} == {technologist.address}


def test_a_contract_account_has_code_and_signs_with_another_key(page, wallet, devnet):
    opened = page()
    wallet.contract = devnet.node["inbox"]
    account = ask(opened, "eth_requestAccounts")[0]
    assert len(ask(opened, "eth_getCode", account, "latest")) > 2
    signature = ask(opened, "personal_sign", "0x00", account)
    assert Account.recover_message(encode_defunct(b"\0"), signature=signature).lower() != account


def test_the_keys_are_not_in_the_page(page, wallet, technologist):
    opened = page()
    assert technologist.private_key not in opened.evaluate("JSON.stringify([...document.scripts].map((s) => s.text))")


def test_an_inline_script_is_blocked_and_noticed(page, troubles):
    opened = page("inline.html")
    opened.get_by_role("button").click()
    assert opened.evaluate("globalThis.bad === undefined")
    with pytest.raises(AssertionError, match=r"(?s)script-src-elem inline.*script-src-attr inline"):
        troubles.check(opened.context)
    troubles.expect("script-src|inline")


@pytest.mark.parametrize(
    ("what", "noticed"),
    [
        ("console.error('oops')", "console error: oops"),
        ("setTimeout(() => { throw new Error('oops') })", "exception: .*oops"),
        ("void fetch('https://example.com/').catch(() => {})", "request to another origin|connect-src"),
        ("document.body.innerHTML = '<b>x</b>'", "require-trusted-types-for|TrustedHTML"),
    ],
)
def test_the_watch_notices(page, troubles, what, noticed):
    opened = page()
    opened.evaluate(f"() => {{ try {{ {what} }} catch {{}} }}")
    troubles.wait_for(noticed, opened)
    with pytest.raises(AssertionError, match=noticed):
        troubles.check(opened.context)
    troubles.expect("")


def test_a_focus_that_is_lost_with_its_element_is_noticed(page, troubles):
    opened = page()
    opened.evaluate("document.body.append(Object.assign(document.createElement('button'), { textContent: 'Gone' }))")
    opened.get_by_role("button", name="Gone").focus()
    opened.evaluate("document.activeElement.remove()")
    troubles.wait_for("focus: lost", opened)
    with pytest.raises(AssertionError, match='focus: lost from "Gone"'):
        troubles.check(opened.context)
    troubles.expect("focus")


def test_a_dialog_for_files_that_a_key_opens_is_heard_of_in_a_busy_browser(page):
    opened = page()
    opened.evaluate(BUSY)
    for _ in range(6):
        with opened.expect_file_chooser():
            opened.keyboard.press("Space")


def test_a_secret_left_in_storage_is_noticed(page, troubles, patient):
    opened = page()
    opened.evaluate("(key) => localStorage.setItem('key', key)", patient.private_key)
    with pytest.raises(AssertionError, match="secret"):
        troubles.check(opened.context)
    opened.evaluate("localStorage.clear()")


def test_axe_finds_nothing_on_a_good_page_and_something_on_a_bad_one(page, axe):
    opened = page()
    axe(opened)
    opened.evaluate("document.querySelector('button').textContent = ''")
    with pytest.raises(AssertionError, match="button-name"):
        axe(opened)


def test_the_page_is_as_wide_and_as_dark_as_asked(page):
    opened = page("index.html", "phone", dark=True, reduced_motion=True)
    assert opened.evaluate("[innerWidth, innerHeight]") == [320, 700]
    assert opened.evaluate("matchMedia('(prefers-color-scheme: dark) and (prefers-reduced-motion: reduce)').matches")


@pytest.mark.camera("ethereum:0x70997970C51812dc3A010C7d01b50e0d17dc79C8")
def test_the_camera_sees_a_film(page):
    opened = page()
    size = opened.evaluate(
        """async () => {
        const stream = await navigator.mediaDevices.getUserMedia({ video: true });
        const { width, height } = stream.getVideoTracks()[0].getSettings();
        return [width, height]; }"""
    )
    assert size == [640, 480]


def test_a_page_can_be_printed(page):
    assert page().pdf()[:5] == b"%PDF-"
