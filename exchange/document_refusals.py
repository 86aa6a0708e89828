"""Refusals of a request as it came: its body, its document, its variables."""

from __future__ import annotations

from exchange.refusal import Refusal


class BodyTooLarge(Refusal):
    """The request's body is larger than the gateway reads."""

    code = "BODY_TOO_LARGE"
    help = "Send at most 256 KiB."
    zh = "请求正文超过平台读取的上限。"
    help_zh = "请至多发送 256 KiB。"
    status = 413


class BodyInvalid(Refusal):
    """The request's body is not a JSON object with a GraphQL document."""

    code = "BODY_INVALID"
    help = 'Send {"query": "…", "variables": {…}, "operationName": "…"} as UTF-8 JSON.'
    zh = "请求正文不是含 GraphQL 文档的 JSON 对象。"
    help_zh = '请以 UTF-8 JSON 发送 {"query": "…", "variables": {…}, "operationName": "…"}。'
    status = 400


class MediaTypeInvalid(Refusal):
    """The request's media type is not application/json."""

    code = "MEDIA_TYPE_INVALID"
    help = "Send 'Content-Type: application/json'."
    zh = "请求的媒体类型不是 application/json。"
    help_zh = "请发送“Content-Type: application/json”。"
    status = 415


class NotAcceptable(Refusal):
    """The client accepts no media type that the gateway can answer with."""

    code = "NOT_ACCEPTABLE"
    help = "Accept application/graphql-response+json or application/json."
    zh = "客户端不接受平台能够答复的任何媒体类型。"
    help_zh = "请接受 application/graphql-response+json 或 application/json。"
    status = 406


class MethodInvalid(Refusal):
    """Data is asked for with POST only, so that no id number stands in a URL."""

    code = "METHOD_NOT_ALLOWED"
    help = "Send 'POST /graphql' with a JSON body."
    zh = "数据仅可用 POST 查询，以免身份号码出现在网址中。"
    help_zh = "请以 JSON 正文发送“POST /graphql”。"
    status = 405


class SyntaxInvalid(Refusal):
    """The GraphQL document could not be parsed."""

    code = "GRAPHQL_PARSE_FAILED"
    help = "Mend the syntax at the place that 'locations' names."
    zh = "无法解析该 GraphQL 文档。"
    help_zh = "请更正“locations”所指位置的语法。"
    status = 400


class DocumentInvalid(Refusal):
    """The GraphQL document does not fit the schema."""

    code = "GRAPHQL_VALIDATION_FAILED"
    help = "Compare the document with the schema at the place that 'locations' names."
    zh = "该 GraphQL 文档不符合模式。"
    help_zh = "请对照模式检查“locations”所指的位置。"
    status = 400


class VariablesInvalid(Refusal):
    """The variables do not fit the types that the operation declares."""

    code = "VARIABLES_INVALID"
    help = "Compare the variables with the operation's declarations."
    zh = "变量不符合操作所声明的类型。"
    help_zh = "请对照操作的声明检查变量。"
    status = 400


class OperationUnnamed(Refusal):
    """The document holds several operations and the request names none of them."""

    code = "OPERATION_NAME_REQUIRED"
    help = "Send 'operationName'."
    zh = "文档包含多个操作，而请求未指明其一。"
    help_zh = "请发送“operationName”。"
    status = 400


class OperationUnknown(Refusal):
    """The document holds no operation of the name that the request gives."""

    code = "OPERATION_UNKNOWN"
    help = "Send the name of an operation of the document."
    zh = "文档中没有请求所指名称的操作。"
    help_zh = "请发送文档中某一操作的名称。"
    status = 400


class DocumentTooLarge(Refusal):
    """The document exceeds a limit on depth, aliases, tokens or fields."""

    code = "DOCUMENT_TOO_LARGE"
    help = "Ask for less at once; 'gateway settings' shows the limits."
    zh = "文档超过深度、别名、词元或字段的上限。"
    help_zh = "请减少一次查询的内容；“gateway settings”列出各项上限。"
    status = 400
