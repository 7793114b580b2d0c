"""Common Japanese names with their reading in Latin letters, which an e-mail address needs: Mimesis has no readings."""

from __future__ import annotations

__all__ = ["FAMILY", "FEMALE", "MALE"]

_FAMILY = """
佐藤 Sato 鈴木 Suzuki 高橋 Takahashi 田中 Tanaka 伊藤 Ito 渡辺 Watanabe 山本 Yamamoto 中村 Nakamura
小林 Kobayashi 加藤 Kato 吉田 Yoshida 山田 Yamada 佐々木 Sasaki 山口 Yamaguchi 松本 Matsumoto 井上 Inoue
木村 Kimura 林 Hayashi 斎藤 Saito 清水 Shimizu 山崎 Yamazaki 森 Mori 池田 Ikeda 橋本 Hashimoto
阿部 Abe 石川 Ishikawa 山下 Yamashita 中島 Nakajima 石井 Ishii 小川 Ogawa 前田 Maeda 岡田 Okada
長谷川 Hasegawa 藤田 Fujita 後藤 Goto 近藤 Kondo 村上 Murakami 遠藤 Endo 青木 Aoki 坂本 Sakamoto
福田 Fukuda 太田 Ota 西村 Nishimura 藤井 Fujii 岡本 Okamoto 藤原 Fujiwara 三浦 Miura 金子 Kaneko
中野 Nakano 中川 Nakagawa 原田 Harada 松田 Matsuda 竹内 Takeuchi 小野 Ono 田村 Tamura 中山 Nakayama
和田 Wada 石田 Ishida 森田 Morita 上田 Ueda 原 Hara 内田 Uchida 柴田 Shibata 酒井 Sakai
宮崎 Miyazaki 横山 Yokoyama 高木 Takagi 安藤 Ando 宮本 Miyamoto 大野 Ono 小島 Kojima 谷口 Taniguchi
今井 Imai 工藤 Kudo 高田 Takada 増田 Masuda 丸山 Maruyama 杉山 Sugiyama 村田 Murata 大塚 Otsuka
"""
_FEMALE = """
陽菜 Hina 結衣 Yui 葵 Aoi 凛 Rin 咲良 Sakura 美咲 Misaki 愛 Ai 花子 Hanako
由美 Yumi 恵子 Keiko 久美子 Kumiko 真由美 Mayumi 明美 Akemi 裕子 Yuko 直美 Naomi 洋子 Yoko
和子 Kazuko 幸子 Sachiko 京子 Kyoko 智子 Tomoko 陽子 Yoko 千尋 Chihiro 彩 Aya 舞 Mai
遥 Haruka 七海 Nanami 美優 Miyu 莉子 Riko 優奈 Yuna 真央 Mao 桃子 Momoko 里奈 Rina
麻衣 Mai 香織 Kaori 亜美 Ami 沙織 Saori 理恵 Rie 美穂 Miho 綾香 Ayaka 友美 Tomomi
春香 Haruka 琴音 Kotone 詩織 Shiori 文子 Fumiko 節子 Setsuko 典子 Noriko 美紀 Miki 純子 Junko
奈々 Nana 若菜 Wakana
"""
_MALE = """
蓮 Ren 大翔 Hiroto 陽翔 Haruto 湊 Minato 悠真 Yuma 翔太 Shota 健太 Kenta 大輔 Daisuke
翔 Sho 拓也 Takuya 直樹 Naoki 誠 Makoto 浩 Hiroshi 隆 Takashi 健一 Kenichi 学 Manabu
修 Osamu 豊 Yutaka 茂 Shigeru 進 Susumu 勇 Isamu 清 Kiyoshi 実 Minoru 正 Tadashi
太郎 Taro 一郎 Ichiro 次郎 Jiro 三郎 Saburo 和也 Kazuya 亮 Ryo 達也 Tatsuya 哲也 Tetsuya
智也 Tomoya 剛 Tsuyoshi 浩二 Koji 洋平 Yohei 雄太 Yuta 祐介 Yusuke 圭介 Keisuke 康平 Kohei
陸 Riku 海斗 Kaito 駿 Shun 樹 Itsuki 颯太 Sota 亮太 Ryota 裕太 Yuta 聡 Satoshi
薫 Kaoru 光 Hikaru
"""


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    words = text.split()
    return tuple(zip(words[::2], words[1::2], strict=True))


FAMILY, FEMALE, MALE = _pairs(_FAMILY), _pairs(_FEMALE), _pairs(_MALE)
"""Pairs of a name and its reading."""
