/** What the bar says, in both languages. GraphiQL's own words stay English. */

export type Language = "en" | "zh";

const KEY = "graphiql:language";

const en = {
  title: "Personal-credit exchange",
  demo: "Synthetic people",
  choose: "Who asks, for what, about whom",
  client: "Client",
  purpose: "Purpose",
  person: "Test person",
  example: "Example query",
  ownQuery: "Your own query",
  otherLanguage: "中文",
  noPurpose: "No purpose is permitted to this client",
  waiting: "Asking for a token …",
  ready: "Token ready",
  failed: "No token. Choose again to retry.",
  token: "Bearer token",
  tokenHint: "Kept in this page's memory only",
  use: "Use token",
  forget: "Forget",
  noToken: "Paste a token to read the schema and to ask",
};

export type Words = typeof en;

const zh: Words = {
  title: "个人信用信息共享",
  demo: "合成人物",
  choose: "谁查询、为何查询、查询谁",
  client: "查询方",
  purpose: "查询目的",
  person: "测试人物",
  example: "示例查询",
  ownQuery: "自拟查询",
  otherLanguage: "English",
  noPurpose: "该查询方没有可用的查询目的",
  waiting: "正在获取令牌……",
  ready: "令牌已就绪",
  failed: "未取得令牌，请重新选择",
  token: "访问令牌",
  tokenHint: "仅保存在本页内存中",
  use: "使用令牌",
  forget: "清除",
  noToken: "粘贴令牌后方可读取模式并查询",
};

export const words: Record<Language, Words> = { en, zh };

export function preferredLanguage(): Language {
  const kept = localStorage.getItem(KEY);
  if (kept === "en" || kept === "zh") return kept;
  return navigator.language.startsWith("zh") ? "zh" : "en";
}

export function keepLanguage(language: Language): void {
  localStorage.setItem(KEY, language);
}
