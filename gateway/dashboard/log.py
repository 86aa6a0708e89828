"""How the log stands: its size, the signed checkpoint, when it was last verified, and what each of them means."""

from __future__ import annotations

from starlette.responses import Response

from exchange.wording import Words
from gateway.dashboard import csv
from gateway.dashboard.page import Page, Part
from gateway.dashboard.visit import Visit

_DOCUMENT = """query Log {
  logState { size checkpoint archived lastVerified { at entries sound fault sequence } }
}"""


async def draw(visit: Visit) -> Response:
    state = (await visit.api(_DOCUMENT)).field("logState")
    note = (state["checkpoint"] or "").splitlines()
    verified = state["lastVerified"]
    return visit.show(
        "log.html",
        state=state,
        origin=note[0] if note else None,
        root=note[2] if len(note) > 2 else None,
        verified=verified,
        behind=state["size"] - verified["entries"] if verified else None,
    )


async def export(visit: Visit) -> Response:
    state = (await visit.api(_DOCUMENT)).field("logState")
    verified = state["lastVerified"] or {}
    header = [visit.t(each) for each in ("size", "archived", "verified", "verified_entries", "sound", "fault")]
    row = [state["size"], state["archived"], *(verified.get(each) for each in ("at", "entries", "sound", "fault"))]
    return csv.download("log", header, [row])


PAGE = Page(
    "/log",
    Words("Log", "日志状态"),
    draw,
    act="LOG_STATE",
    parts=(Part("/export.csv", export, methods=("POST",)),),
    words={
        "lead": Words(
            "Every answer, refusal and act is an entry, chained to all before it. Nobody can change one without its"
            " showing.",
            "每次答复、拒绝与管理事项均为一条日志，并与此前全部日志链接；任何改动均会暴露。",
        ),
        "size": Words("Entries", "日志条数"),
        "archived": Words("Of them archived", "其中已归档"),
        "verified": Words("Last verified", "最近核验"),
        "verified_entries": Words("Entries verified", "核验条数"),
        "since_then": Words("Sealed since then", "此后新增"),
        "sound": Words("Sound", "完好"),
        "fault": Words("Fault", "异常"),
        "never": Words("never", "从未核验"),
        "verified_more": Words(
            "Verifying recomputes the chain from the first entry to the last and compares it with the checkpoint.",
            "核验将从第一条至最后一条重新计算链值，并与检查点比对。",
        ),
        "verify_next": Words(
            "Run 'gateway audit verify' at the gateway's console, daily at best.",
            "请在平台控制台运行 gateway audit verify，宜每日执行。",
        ),
        "is_sound": Words("Whole and unchanged", "完整且未被改动"),
        "is_faulty": Words("Not whole: keep everything and call the auditor", "存在异常：请保全现场并通知审计"),
        "at_entry": Words("At entry", "位于第几条"),
        "edited": Words("an entry was changed", "日志被改动"),
        "malformed": Words("an entry is not in its form", "日志格式不符"),
        "gap": Words("entries are missing", "日志缺失"),
        "reordered": Words("an entry is not at its place", "日志顺序错乱"),
        "truncated": Words("the end is missing", "末尾缺失"),
        "checkpoint_fault": Words("the checkpoint is not signed by the log's key", "检查点签名无效"),
        "forked": Words("these are not the entries that were signed", "与已签名的日志不一致"),
        "personal": Words("an entry about a person is missing", "个人日志链缺失"),
        "checkpoint": Words("Checkpoint", "检查点"),
        "checkpoint_more": Words(
            "The size and one value over all entries, signed. Keep a copy elsewhere: whoever has an older one can prove"
            " that nothing before it was changed.",
            "日志条数与覆盖全部日志的摘要值，并经签名。请另行留存：持有较早检查点者可证明此前内容未被改动。",
        ),
        "origin": Words("Log", "日志名称"),
        "root": Words("Root", "根摘要"),
        "no_key": Words(
            "The log has no signing key, so nobody outside can check it. Name one in the settings (log_key).",
            "日志未配置签名密钥，外部无法核验。请在设置中指定 log_key。",
        ),
        "whole_note": Words("The whole note", "完整检查点"),
    },
)
