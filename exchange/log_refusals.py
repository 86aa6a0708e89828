"""Refusals of those who read the log; `exchange.refusals` brings them with all others."""

from __future__ import annotations

from exchange.refusal import Refusal


class CursorInvalid(Refusal):
    """This cursor is not one that this gateway gave out."""

    code = "CURSOR_INVALID"
    help = "Take it from the page before, or leave it out to begin."
    zh = "该游标不是本平台给出的。"
    help_zh = "请从前一页取游标，或省略以从头开始。"


class EntryUnknown(Refusal):
    """The log holds no entry of this id."""

    code = "ENTRY_UNKNOWN"
    help = "Take the id from an answer or from 'disclosures'; the oldest entries are in the archive."
    zh = "日志中没有此编号的记录。"
    help_zh = "请从答复或“disclosures”取编号；最早的记录在归档中。"


class FilterInvalid(Refusal):
    """This filter holds something that no entry can hold."""

    code = "FILTER_INVALID"
    help = "'rule' names the argument; docs/reading-the-log.md says what each takes."
    zh = "筛选条件含有任何日志记录都不可能有的内容。"
    help_zh = "“规则”指明该参数；docs/reading-the-log.md 说明各参数可取的值。"


class ExportTooLarge(Refusal):
    """There are more entries than one answer may hold."""

    code = "EXPORT_TOO_LARGE"
    help = "Read them page by page, or ask the credit office for the file."
    zh = "记录多于一次答复所能容纳。"
    help_zh = "请逐页读取，或向信用办索取文件。"


class PeriodInvalid(Refusal):
    """This is no period that can be counted."""

    code = "PERIOD_INVALID"
    help = "'rule' names the argument: statistics take whole months that have ended (2026-09), activity takes days."
    zh = "这不是可以统计的时间范围。"
    help_zh = "“规则”指明该参数：统计按已结束的整月（2026-09），查询量按日。"


class GroupingInvalid(Refusal):
    """These counts cannot be told by that, or not by so much at once."""

    code = "GROUPING_INVALID"
    help = "Name each dimension once and at most four of them; docs/statistics.md says which counts have which."
    zh = "该计数不能按此分组，或不能同时按这么多维度分组。"
    help_zh = "每个维度至多列一次，总共至多四个；docs/statistics.md 说明各计数可用的维度。"


class CountsPending(Refusal):
    """What was asked for is still being counted."""

    code = "COUNTS_PENDING"
    help = "Ask again in a few seconds: counting goes on, and is done once."
    zh = "所请求的内容正在统计。"
    help_zh = "请在几秒后再查询：统计仍在进行，且只进行一次。"
