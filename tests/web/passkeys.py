"""A device that keeps passkeys, beside a page: Chromium's virtual authenticator."""

from typing import Any


class Device:
    """One authenticator of one page; it stays while that page goes to other addresses."""

    def __init__(self, page: Any, *, prf: bool = True, transport: str = "internal", session: Any = None) -> None:
        self.session = session or page.context.new_cdp_session(page)
        if session is None:
            self.session.send("WebAuthn.enable", {"enableUI": False})
        options = {
            "protocol": "ctap2",
            "ctap2Version": "ctap2_1",
            "transport": transport,
            "hasResidentKey": True,
            "hasUserVerification": True,
            "hasPrf": prf,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        self.id = self._ask("addVirtualAuthenticator", options=options)["authenticatorId"]

    def _ask(self, method: str, **more: Any) -> Any:
        return self.session.send(f"WebAuthn.{method}", more)

    def another(self, **options: Any) -> "Device":
        """A second one of the same page: a security key, say."""
        return Device(None, session=self.session, **options)

    @property
    def credentials(self) -> list[dict[str, Any]]:
        return self._ask("getCredentials", authenticatorId=self.id)["credentials"]

    def refuses(self) -> None:
        """Face, finger or PIN are not those of the owner, from now on: it says no, and is blocked after the first."""
        self._ask("setUserVerified", authenticatorId=self.id, isUserVerified=False)

    def unblocked(self) -> "Device":
        """The same device after its owner has unblocked it; credentials that were used have other PRFs then."""
        credentials = self.credentials
        self.is_taken_away()
        device = self.another()
        for each in credentials:
            device._ask("addCredential", authenticatorId=device.id, credential=each)
        return device

    def is_taken_away(self) -> None:
        self._ask("removeVirtualAuthenticator", authenticatorId=self.id)

    def loses_credentials(self) -> None:
        self._ask("clearCredentials", authenticatorId=self.id)
