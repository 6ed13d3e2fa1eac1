"""Refusals of attachments."""

from __future__ import annotations

from market.kernel.errors import N_, Refusal
from market.listings.attachments.rules import Gate


class FileRefused(Refusal):
    """The file is not taken; the sentence says why and what to do."""

    status = 422

    def __init__(self, code: str, message: str, **params: object) -> None:
        super().__init__(code, message, field="file", **params)


class AttachmentRefused(Refusal):
    """An attachment cannot be added, changed or removed like this."""


class AttachmentLocked(Refusal):
    """The reader must sign in or promise secrecy first; `gate` says which."""

    status = 403

    def __init__(self, gate: Gate) -> None:
        super().__init__("attachment.locked", N_("这份附件须登录或签署保密承诺后才能下载。"))
        self.gate = gate


class WatermarkBusy(Refusal):
    """Too many files are being marked at this moment."""

    status = 503

    def __init__(self) -> None:
        super().__init__("attachment.busy", N_("正在为其他读者准备文件，请过一会儿再下载。"))
