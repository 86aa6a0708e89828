"""Names, employers and addresses of the demo: invented, in the ways that are common in Yunnan."""

from __future__ import annotations

from random import Random

from gateway.demo.constants import OTHER_DIVISIONS, PILOT_DIVISIONS

_SURNAMES = "李王张杨赵刘陈马普段和木刀白罗周朱吴徐何高郭孙胡林黄毕施尹㛃䶮𠅤"
_COMPOUND = ("欧阳", "司徒", "上官", "诸葛", "尉迟")
_GIVEN = "春明建国秀英丽华志强海燕云飞晓梅永康文静宇轩子涵嘉怡思远俊杰雪琴桂兰德昌䶮㛃昊天玥"
_DOTTED = ("阿依", "玉香", "岩温", "阿木", "古力", "扎西", "尼玛", "卓玛", "岩罕", "吉克", "沙马", "阿诗")

_EMPLOYERS = (
    "昆明演示机械制造有限公司",
    "昆明演示物流有限公司",
    "云南演示生物科技有限公司",
    "滇池演示酒店管理有限公司",
    "昆明演示第一中学",
    "官渡演示社区医院",
    "安宁演示钢铁有限公司",
    "呈贡演示花卉有限公司",
    "五华演示软件有限公司",
    "盘龙演示商贸有限公司",
    "西山演示建筑工程有限公司",
    "昆明演示公交有限公司",
)

DIVISIONS = {
    "530102": "五华区",
    "530103": "盘龙区",
    "530111": "官渡区",
    "530112": "西山区",
    "530113": "东川区",
    "530114": "呈贡区",
    "530115": "晋宁区",
    "530124": "富民县",
    "530125": "宜良县",
    "530126": "石林彝族自治县",
    "530127": "嵩明县",
    "530128": "禄劝彝族苗族自治县",
    "530129": "寻甸回族彝族自治县",
    "530181": "安宁市",
}


def name(rng: Random) -> str:
    """Mostly a Han name; sometimes a compound surname, a middle dot (U+00B7) or characters outside the BMP."""
    draw = rng.random()
    if draw < 0.05:
        return "\u00b7".join(rng.sample(_DOTTED, 2))
    surname = rng.choice(_COMPOUND) if draw < 0.08 else rng.choice(_SURNAMES)
    return surname + "".join(rng.choices(_GIVEN, k=rng.choice((1, 2, 2))))


def employer(rng: Random) -> str:
    return rng.choice(_EMPLOYERS)


def division(rng: Random) -> str:
    return rng.choice(PILOT_DIVISIONS if rng.random() < 0.85 else OTHER_DIVISIONS)


def address(rng: Random, code: str) -> str:
    return f"云南省昆明市{DIVISIONS[code]}演示路{rng.randint(1, 300)}号{rng.randint(1, 30)}栋{rng.randint(1, 60)}室"


def mobile(rng: Random) -> str:
    return f"1{rng.choice('3578')}{rng.randint(0, 999_999_999):09d}"
