"""Refusals of a request as it came: its body, its document, its variables."""

from __future__ import annotations

from exchange.refusal import Refusal


class BodyTooLarge(Refusal):
    """The request's body is larger than the gateway reads."""

    code = "BODY_TOO_LARGE"
    help = "Send at most 256 KiB."
    status = 413


class BodyInvalid(Refusal):
    """The request's body is not a JSON object with a GraphQL document."""

    code = "BODY_INVALID"
    help = 'Send {"query": "…", "variables": {…}, "operationName": "…"} as UTF-8 JSON.'
    status = 400


class MediaTypeInvalid(Refusal):
    """The request's media type is not application/json."""

    code = "MEDIA_TYPE_INVALID"
    help = "Send 'Content-Type: application/json'."
    status = 415


class NotAcceptable(Refusal):
    """The client accepts no media type that the gateway can answer with."""

    code = "NOT_ACCEPTABLE"
    help = "Accept application/graphql-response+json or application/json."
    status = 406


class MethodInvalid(Refusal):
    """Data is asked for with POST only, so that no id number stands in a URL."""

    code = "METHOD_NOT_ALLOWED"
    help = "Send 'POST /graphql' with a JSON body."
    status = 405


class SyntaxInvalid(Refusal):
    """The GraphQL document could not be parsed."""

    code = "GRAPHQL_PARSE_FAILED"
    help = "Mend the syntax at the place that 'locations' names."
    status = 400


class DocumentInvalid(Refusal):
    """The GraphQL document does not fit the schema."""

    code = "GRAPHQL_VALIDATION_FAILED"
    help = "Compare the document with the schema at the place that 'locations' names."
    status = 400


class VariablesInvalid(Refusal):
    """The variables do not fit the types that the operation declares."""

    code = "VARIABLES_INVALID"
    help = "Compare the variables with the operation's declarations."
    status = 400


class OperationUnnamed(Refusal):
    """The document holds several operations and the request names none of them."""

    code = "OPERATION_NAME_REQUIRED"
    help = "Send 'operationName'."
    status = 400


class OperationUnknown(Refusal):
    """The document holds no operation of the name that the request gives."""

    code = "OPERATION_UNKNOWN"
    help = "Send the name of an operation of the document."
    status = 400


class DocumentTooLarge(Refusal):
    """The document exceeds a limit on depth, aliases, tokens or fields."""

    code = "DOCUMENT_TOO_LARGE"
    help = "Ask for less at once; 'gateway settings' shows the limits."
    status = 400
