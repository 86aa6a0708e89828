import access from "./examples/access.graphql?raw";
import assistance from "./examples/assistance.graphql?raw";
import disputed from "./examples/disputed.graphql?raw";
import employment from "./examples/employment.graphql?raw";
import housingFund from "./examples/housing-fund.graphql?raw";
import identity from "./examples/identity.graphql?raw";
import judicial from "./examples/judicial.graphql?raw";
import licensing from "./examples/licensing.graphql?raw";
import medical from "./examples/medical.graphql?raw";
import ownReport from "./examples/own-report.graphql?raw";
import portfolio from "./examples/portfolio.graphql?raw";
import profile from "./examples/profile.graphql?raw";
import standing from "./examples/standing.graphql?raw";
import status from "./examples/status.graphql?raw";
import taxation from "./examples/taxation.graphql?raw";
import utilities from "./examples/utilities.graphql?raw";
import type { Language } from "./words";

export interface Example {
  title: Record<Language, string>;
  query: string;
  /** Roles it is meant for; none = every role. */
  roles?: string[];
}

const LENDERS = ["bank-system", "bank-officer", "rural-cooperative", "agency"];

/** In the order in which they are offered: the first that fits a role is what it starts with. */
const EXAMPLES: Example[] = [
  { title: { en: "Full profile", zh: "信用概况" }, query: profile, roles: LENDERS },
  { title: { en: "Portfolio (post-loan)", zh: "贷后批量查询" }, query: portfolio, roles: ["bank-system", "bank-officer"] },
  { title: { en: "Own report", zh: "本人报告" }, query: ownReport, roles: ["person", "guardian", "developer", "auditor"] },
  { title: { en: "Work and social insurance", zh: "就业与社会保险" }, query: employment, roles: ["hrs-clerk"] },
  { title: { en: "Medical enrolment", zh: "医疗保险参保" }, query: medical, roles: ["medical-clerk"] },
  { title: { en: "Housing fund", zh: "住房公积金" }, query: housingFund, roles: ["fund-centre"] },
  { title: { en: "Tax arrears", zh: "欠税情况" }, query: taxation, roles: ["tax-clerk"] },
  { title: { en: "Licences and penalties", zh: "许可与处罚" }, query: licensing, roles: ["market-clerk"] },
  { title: { en: "Own provider's arrears", zh: "本单位欠费" }, query: utilities, roles: ["utility-clerk"] },
  { title: { en: "Social assistance", zh: "社会救助" }, query: assistance, roles: ["civil-affairs-clerk"] },
  { title: { en: "Identity", zh: "身份核验" }, query: identity, roles: ["psb-clerk"] },
  { title: { en: "Judicial inquiry", zh: "司法查询" }, query: judicial, roles: ["court-liaison"] },
  { title: { en: "Disputed record", zh: "异议记录" }, query: disputed, roles: ["case-officer"] },
  { title: { en: "Good standing, yes or no", zh: "有无失信记录" }, query: standing, roles: ["personnel-officer", "agency-end-user"] },
  { title: { en: "What would I see?", zh: "我能看到什么" }, query: access },
  { title: { en: "Who am I, which sources answer?", zh: "我是谁，哪些来源可用" }, query: status },
];

export const DEFAULT_QUERY = profile;

export function examplesFor(role: string): Example[] {
  return EXAMPLES.filter(({ roles }) => roles === undefined || roles.includes(role));
}

export function isExample(query: string): boolean {
  return EXAMPLES.some((example) => example.query.trim() === query.trim());
}

/** The variables that a query declares, filled; what else stands in `variables` stays. */
export function filled(query: string, variables: string, values: Record<string, string | undefined>): string {
  const kept = parsed(variables);
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && new RegExp(`\\$${name}\\s*:`).test(query)) kept[name] = value;
    else delete kept[name];
  }
  return JSON.stringify(kept, null, 2);
}

function parsed(variables: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(variables);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {}; // half-typed: the chosen person and purpose matter more
  }
}
