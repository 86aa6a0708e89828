"""What the frame says, in both languages. A page brings its own words with it (`Page.words`)."""

from __future__ import annotations

from collections.abc import Mapping

from exchange.wording import Words

WORDS: Mapping[str, Words] = {
    "product": Words("Personal credit exchange", "个人信用信息共享平台"),
    "dashboard": Words("Dashboard", "管理看板"),
    "skip": Words("Skip to the content", "跳到正文"),
    "menu": Words("Menu", "菜单"),
    "sign_in": Words("Sign in", "登录"),
    "sign_out": Words("Sign out", "退出登录"),
    "signed_out": Words("You are signed out", "您已退出登录"),
    "signed_out_more": Words(
        "This browser keeps nothing of what you saw. Close the window if others use this computer.",
        "本浏览器不保留您看过的内容。如多人共用此电脑，请关闭窗口。",
    ),
    "welcome": Words("Sign in to the dashboard", "登录管理看板"),
    "welcome_more": Words(
        "For the credit office, auditors, analysts and operators. You see what your own role may see, and what you read"
        " is sealed in the log.",
        "供信用办、审计、统计分析与运维人员使用。您仅能查看本人角色有权查看的内容，查阅行为均记入日志。",
    ),
    "authorize_unknown": Words(
        "Whoever sent you here is not known to this sign-in service. Nothing was sent to it.",
        "此登录服务不认识请求方，未向其发送任何信息。",
    ),
    "sign_in_again": Words("Sign in again", "重新登录"),
    "signed_in_as": Words("Signed in as", "当前登录"),
    "language_other": Words("中文", "English"),
    "language": Words("Language", "语言"),
    "theme": Words("Colours", "配色"),
    "theme_system": Words("As the system", "跟随系统"),
    "theme_light": Words("Light", "浅色"),
    "theme_dark": Words("Dark", "深色"),
    "error": Words("This cannot be shown", "无法显示"),
    "error_code": Words("Code", "代码"),
    "error_next": Words("What to do", "下一步"),
    "error_when": Words("When", "何时可重试"),
    "error_rule": Words("Rule", "规则"),
    "error_basis": Words("Legal basis", "法律依据"),
    "reload": Words("Load the page again", "重新加载页面"),
    "try_again": Words("Try again", "重试"),
    "unfiltered": Words("Show the page without this choice", "不带此条件显示页面"),
    "wait_seconds": Words("Try again in {} seconds", "请于 {} 秒后重试"),
    "wait_minutes": Words("Try again in {} minutes", "请于 {} 分钟后重试"),
    "wait_hours": Words("Try again in {} hours", "请于 {} 小时后重试"),
    "pending": Words(
        "This is being counted for the first time. The page asks again by itself, every few seconds.",
        "首次统计正在进行，页面每隔几秒自动重新查询。",
    ),
    "pending_long": Words(
        "Counting takes longer than usual, and goes on. The page no longer asks by itself.",
        "统计耗时较长，仍在进行；页面不再自动查询。",
    ),
    "counted": Words("Counted: the page shows it now.", "统计完成，页面已更新。"),
    "back_to_overview": Words("To the overview", "返回概览"),
    "not_built": Words("The dashboard's files are not built yet: run make web.", "看板文件尚未构建：请运行 make web。"),
    "session_ended": Words("Your session has ended", "会话已结束"),
    "session_other": Words("Somebody else is signed in now", "当前登录者已变更"),
    "empty": Words("Nothing to show", "暂无内容"),
    "as_table": Words("As a table", "以表格显示"),
    "download_csv": Words("Download (CSV)", "下载 CSV"),
    "loading": Words("Loading …", "加载中……"),
    "as_of": Words("As of", "截至"),
    "apply": Words("Apply", "应用"),
    "all": Words("All", "全部"),
    "yes": Words("yes", "是"),
    "no": Words("no", "否"),
    "none": Words("none", "无"),
    "demo": Words("Synthetic people", "合成人物"),
    "footer": Words(
        "Every page is drawn from the gateway's API with your own rights; what you read is sealed in the log.",
        "本看板以您本人的权限经平台接口取数；您的查阅均记入日志。",
    ),
    "treatment_FULL": Words("in full", "完整"),
    "treatment_MASKED": Words("masked", "脱敏"),
    "treatment_BANDED": Words("banded", "分档"),
    "treatment_EXISTS": Words("yes or no only", "仅有无"),
    "treatment_WITHHELD": Words("withheld", "不提供"),
    # The demo's own sign-in page.
    "choose_user": Words("Who are you today?", "请选择演示用户"),
    "choose_user_more": Words(
        "This sign-in service belongs to the demo: it knows no passwords. A city puts its own in its place.",
        "此登录服务仅供演示，不验证密码。正式部署时由本市统一身份认证替代。",
    ),
    "decline": Words("Do not sign in", "取消登录"),
}
