/**
 * Every error Wardbridge can give, in one table: code -> HTTP status -> OperationOutcome issue.
 *
 * An error is made with `fail(code, params)`; the text of the table is filled with the parameters, `help` says what to do.
 * docs/reference/errors.md is generated from this table.
 */

/** IssueType codes of R4 that we use (http://hl7.org/fhir/R4/valueset-issue-type.html). */
export type IssueType =
  | 'invalid'
  | 'structure'
  | 'required'
  | 'value'
  | 'invariant'
  | 'extension'
  | 'informational'
  | 'security'
  | 'login'
  | 'forbidden'
  | 'processing'
  | 'not-supported'
  | 'duplicate'
  | 'not-found'
  | 'multiple-matches'
  | 'deleted'
  | 'too-long'
  | 'code-invalid'
  | 'too-costly'
  | 'business-rule'
  | 'conflict'
  | 'transient'
  | 'timeout'
  | 'exception'
  | 'throttled'

interface ErrorRow {
  readonly status: number
  readonly issue: IssueType
  readonly text: string
  readonly help: string
}

export const ERRORS = {
  // --- reading JSON and resources
  'json.syntax': {
    status: 400,
    issue: 'structure',
    text: 'Not valid JSON at line {line}, column {column}: {reason}',
    help: 'Send one JSON document, UTF-8, as RFC 8259 defines it.'
  },
  'json.depth': { status: 400, issue: 'too-costly', text: 'JSON nested deeper than {limit} levels', help: 'Flatten the document.' },
  'resource.type': {
    status: 400,
    issue: 'invalid',
    text: 'resourceType is "{actual}", expected {expected}',
    help: 'Send the resource to the address of its own type.'
  },
  'resource.unknown-type': {
    status: 404,
    issue: 'not-supported',
    text: '"{type}" is not a resource type of FHIR R4',
    help: 'See http://hl7.org/fhir/R4/resourcelist.html.'
  },
  'resource.id': {
    status: 400,
    issue: 'invalid',
    text: 'id {reason}',
    help: 'An id has 1 to 64 characters out of A-Z a-z 0-9 - and . and equals the id in the address.'
  },
  'resource.invalid': { status: 422, issue: 'invalid', text: '{reason}', help: 'Correct the element named in expression.' },
  'validation.timeout': {
    status: 422,
    issue: 'too-costly',
    text: 'The resource could not be validated within {seconds} s',
    help: 'Send a smaller resource, or look for a costly expression in the profiles it names.'
  },
  'validation.profile': {
    status: 422,
    issue: 'not-supported',
    text: '{reason}',
    help: 'Upload its StructureDefinition first.'
  },
  'resource.not-found': { status: 404, issue: 'not-found', text: '{type}/{id} is not known', help: 'Check type and id.' },
  'resource.version-not-found': {
    status: 404,
    issue: 'not-found',
    text: '{type}/{id} has no version {version}',
    help: 'Look at the history of the resource.'
  },
  'resource.deleted': {
    status: 410,
    issue: 'deleted',
    text: '{type}/{id} was deleted',
    help: 'Earlier versions can still be read by vread.'
  },
  'resource.conflict': {
    status: 412,
    issue: 'conflict',
    text: '{type}/{id} is at version {actual}, If-Match asked for {expected}',
    help: 'Read the current version, apply the change to it and send it again.'
  },
  'resource.exists': {
    status: 412,
    issue: 'duplicate',
    text: '{type}/{id} exists already',
    help: 'Leave out the precondition to update it.'
  },
  'resource.referenced': {
    status: 409,
    issue: 'conflict',
    text: '{type}/{id} cannot be deleted: {by} refer to it',
    help: 'Delete or change what refers to it first, or in the same transaction. WARDBRIDGE_REFERENTIAL_INTEGRITY=off lets it go.'
  },
  'reference.dangling': {
    status: 422,
    issue: 'not-found',
    text: '{type}/{id} refers to {target}, which is not there',
    help: 'Write the resource it refers to first, or in the same transaction. WARDBRIDGE_REFERENTIAL_INTEGRITY=off lets it pass.'
  },
  'resource.raced': {
    status: 409,
    issue: 'conflict',
    text: 'Somebody else wrote what {query} finds at the same time',
    help: 'Send the request again.'
  },
  'claim.taken': {
    status: 409,
    issue: 'conflict',
    text: 'The claim {claim} is held by {holder}',
    help: 'Somebody was first; read what they wrote.'
  },
  'conditional.criteria': {
    status: 400,
    issue: 'invalid',
    text: 'The search criteria {reason}',
    help: 'Select by known search parameters with values, such as identifier=SYSTEM|VALUE.'
  },
  'conditional.many': {
    status: 412,
    issue: 'multiple-matches',
    text: 'More than one {type} matches the search criteria',
    help: 'Use criteria that select one resource, such as a business identifier.'
  },
  'conditional.too-many': {
    status: 412,
    issue: 'too-costly',
    text: 'More than {most} resources of type {type} match the search criteria',
    help: 'One request deletes at most so many: delete in parts, with criteria that select fewer.'
  },
  'conditional.none': {
    status: 404,
    issue: 'not-found',
    text: 'No {type} matches the search criteria',
    help: 'Search with the same criteria to see what there is.'
  },
  'conditional.id': {
    status: 400,
    issue: 'invalid',
    text: 'The id in the body is {actual}, the resource that matches the search criteria is {expected}',
    help: 'Leave the id out, or send the one of the matching resource.'
  },
  'conditional.taken': {
    status: 409,
    issue: 'duplicate',
    text: '{type}/{id} exists and does not match the search criteria',
    help: 'Update it under its own address, or leave the id out.'
  },
  // --- patches
  'patch.malformed': {
    status: 400,
    issue: 'structure',
    text: 'Operation {number} of the patch ({operation}): {reason}',
    help: 'See RFC 6902 for JSON Patch, http://hl7.org/fhir/R4/fhirpatch.html for FHIRPath Patch.'
  },
  'patch.failed': {
    status: 422,
    issue: 'processing',
    text: 'Operation {number} of the patch ({operation}): {reason}',
    help: 'Read the resource as it is now, and make the patch for it. Nothing was changed.'
  },
  'patch.too-costly': {
    status: 422,
    issue: 'too-costly',
    text: 'The patch did not finish within {seconds} s',
    help: 'Use simpler paths: names, indexes and where().'
  },
  // --- search
  'search.unknown-parameter': {
    status: 400,
    issue: 'not-supported',
    text: 'Search parameter "{parameter}" is not known for {type}',
    help: 'See /fhir/metadata for the parameters of each type.'
  },
  'search.unsupported-modifier': {
    status: 400,
    issue: 'not-supported',
    text: 'Modifier ":{modifier}" is not supported on {parameter}',
    help: 'See /fhir/metadata.'
  },
  'search.value': {
    status: 400,
    issue: 'value',
    text: '{parameter}: {reason}',
    help: 'See http://hl7.org/fhir/R4/search.html for the form of each parameter type.'
  },
  'search.too-costly': {
    status: 503,
    issue: 'too-costly',
    text: 'The search did not finish within {seconds} s',
    help: 'Narrow the search, or raise WARDBRIDGE_SEARCH_TIMEOUT.'
  },
  'search.too-broad': {
    status: 422,
    issue: 'too-costly',
    text: 'To answer this search exactly, more than {most} resources would have to be fetched from the Cloud Healthcare API',
    help: 'Narrow the search by parameters that the API has itself; docs/guides/healthcare-store.md names those that are looked at here.'
  },
  'search.ignored': {
    status: 501,
    issue: 'not-supported',
    text: 'The Cloud Healthcare API leaves {parameter} aside, so that its answer would not be what was asked for',
    help: 'Search by another parameter.'
  },
  'search.page': {
    status: 400,
    issue: 'value',
    text: 'The paging link cannot be read',
    help: 'Follow the links of a search result unchanged.'
  },
  // --- batch and transaction
  'bundle.invalid': {
    status: 400,
    issue: 'invalid',
    text: '{reason}',
    help: 'See http://hl7.org/fhir/R4/http.html#transaction.'
  },
  'bundle.duplicate': {
    status: 400,
    issue: 'duplicate',
    text: '{target} is written by more than one entry: {entries}',
    help: 'A resource can appear in a transaction once, whatever the entries call it.'
  },
  'bundle.operation': {
    status: 501,
    issue: 'not-supported',
    text: '{operation} changes something: it cannot be part of a transaction',
    help: 'Call it on its own, or in a batch.'
  },
  'bundle.reference': {
    status: 412,
    issue: 'not-found',
    text: 'The reference {reference} finds {found}, not one resource',
    help: 'A conditional reference must find exactly one resource, on the server or in the transaction.'
  },
  'bundle.condition': {
    status: 501,
    issue: 'not-supported',
    text: '{search} cannot be asked of resources of the same transaction: {reason}',
    help: 'Ask by a token, a string, a reference, a uri or a date, without chains; or send the resources before.'
  },
  // --- terminology
  'terminology.unknown': {
    status: 404,
    issue: 'not-found',
    text: '{type} {url} is not known',
    help: 'Check the URL and version, or upload the resource.'
  },
  'terminology.unknown-code': {
    status: 404,
    issue: 'code-invalid',
    text: '{code} is no code of {system}',
    help: 'Check code and system.'
  },
  'terminology.not-supported': {
    status: 422,
    issue: 'not-supported',
    text: '{reason}',
    help: 'Upload the code systems that are needed, with their content.'
  },
  'terminology.too-costly': {
    status: 422,
    issue: 'too-costly',
    text: '{reason}',
    help: 'Ask for a part of it with count and offset, or narrow the value set.'
  },
  // --- HTTP
  'http.not-found': { status: 404, issue: 'not-found', text: 'Nothing answers {method} {path}', help: 'See /docs for the routes.' },
  'http.method': { status: 405, issue: 'not-supported', text: '{method} is not allowed on {path}', help: 'See /fhir/metadata.' },
  'http.content-type': {
    status: 415,
    issue: 'not-supported',
    text: 'Content-Type {type} is not supported',
    help: 'Send application/fhir+json.'
  },
  'http.content-encoding': {
    status: 415,
    issue: 'not-supported',
    text: 'Content-Encoding {encoding} is not supported',
    help: 'Send gzip, deflate, or the body as it is.'
  },
  'http.accept': {
    status: 406,
    issue: 'not-supported',
    text: 'None of the accepted formats ({accept}) can be given',
    help: 'Ask for application/fhir+json.'
  },
  'http.body-too-large': {
    status: 413,
    issue: 'too-long',
    text: 'The body is larger than {limit} bytes',
    help: 'Split the bundle, or raise WARDBRIDGE_BODY_LIMIT.'
  },
  'http.range': {
    status: 416,
    issue: 'value',
    text: 'The range {range} is not within the {size} bytes that there are',
    help: 'Ask for a range that begins before the end.'
  },
  'http.bad-request': { status: 400, issue: 'invalid', text: '{reason}', help: 'Correct the request.' },
  'http.precondition-failed': { status: 412, issue: 'conflict', text: '{reason}', help: 'Read what is there now, then decide anew.' },
  'http.precondition-required': { status: 428, issue: 'business-rule', text: '{reason}', help: 'Send the header named.' },
  'http.host': {
    status: 421,
    issue: 'security',
    text: 'Host {host} is not this machine',
    help: 'Without tokens (--no-auth) only requests to localhost, 127.0.0.1 or [::1] are answered.'
  },
  'auth.missing': {
    status: 401,
    issue: 'login',
    text: 'A bearer token is needed',
    help: 'Send Authorization: Bearer TOKEN; `wardbridge token` makes one.'
  },
  'auth.invalid': { status: 401, issue: 'login', text: 'The token is not valid: {reason}', help: 'Ask for a new token.' },
  'auth.forbidden': {
    status: 403,
    issue: 'forbidden',
    text: 'The role {role} may not {interaction} {type}',
    help: 'Ask for a token of a role that may.'
  },
  'auth.link': {
    status: 403,
    issue: 'forbidden',
    text: 'The link is not valid, or no longer',
    help: 'Links last some minutes; read the medium again for a new one.'
  },
  'auth.scope': {
    status: 403,
    issue: 'forbidden',
    text: 'The scope {scope} cannot be kept: {reason}',
    help: 'Ask for a token with scopes that /fhir/.well-known/smart-configuration names.'
  },
  'auth.limited': {
    status: 403,
    issue: 'forbidden',
    text: 'A token with scopes may not {what}',
    help: 'Log in with username and password for that.'
  },
  'auth.login': {
    status: 401,
    issue: 'login',
    text: 'Username or password are wrong',
    help: 'Try again, or ask an administrator for a one-time password. The answer is the same for accounts that do not exist or are disabled.'
  },
  'auth.locked': {
    status: 429,
    issue: 'throttled',
    text: 'Too many failed logins: try again in {seconds} s',
    help: 'Wait, or ask an administrator to reset the password.'
  },
  'auth.busy': { status: 503, issue: 'transient', text: 'Too many logins at the same time', help: 'Try again in a few seconds.' },
  'auth.password-change': {
    status: 403,
    issue: 'login',
    text: 'The one-time password must be replaced',
    help: 'Log in again with newPassword beside username and password.'
  },
  'auth.password': { status: 422, issue: 'business-rule', text: 'The new password {reason}', help: 'Choose another one; a few words do.' },
  'auth.no-account': {
    status: 403,
    issue: 'forbidden',
    text: 'This token belongs to no account',
    help: 'Log in with username and password for that.'
  },
  'auth.refresh': {
    status: 401,
    issue: 'login',
    text: 'The refresh token is not valid: it was used, its session has ended, or it never was one',
    help: 'Log in again. A refresh token can be used once; when one comes twice, its session ends.'
  },
  'auth.provider': {
    status: 503,
    issue: 'transient',
    text: 'The identity provider does not answer',
    help: 'Try again; see WARDBRIDGE_OIDC_ISSUER and WARDBRIDGE_OIDC_JWKS_URL.'
  },
  'audit.unavailable': {
    status: 503,
    issue: 'transient',
    text: 'The audit log cannot be written: nothing is let through until it can',
    help: 'Make room on the disk of the store; access comes back by itself.'
  },
  'audit.broken': {
    status: 500,
    issue: 'exception',
    text: 'The audit log does not fit from batch {batch} on: {reason}',
    help: 'Keep the store as it is, look for who could write to it, and compare with a backup.'
  },
  'audit.read-only': {
    status: 409,
    issue: 'business-rule',
    text: 'AuditEvent/{id} is an entry of the audit log, which nobody changes',
    help: 'Leave ids that begin with log- to the audit log.'
  },
  'break-glass.reason': {
    status: 422,
    issue: 'business-rule',
    text: 'Breaking the glass needs a reason of at most {most} characters',
    help: 'Say in a sentence why the patient has to be seen.'
  },
  'break-glass.unknown': {
    status: 404,
    issue: 'not-found',
    text: 'There is no open break-glass {id}',
    help: 'See the list: it may have ended.'
  },
  'account.unknown': { status: 404, issue: 'not-found', text: 'There is no account {account}', help: 'See the list of accounts.' },
  'account.taken': {
    status: 409,
    issue: 'duplicate',
    text: 'There is an account {username} already',
    help: 'Choose another username, or reset the password of that account.'
  },
  'account.invalid': { status: 422, issue: 'invalid', text: '{reason}', help: 'See docs/guides/identity.md.' },
  'account.last-administrator': {
    status: 409,
    issue: 'business-rule',
    text: '{username} is the last active administrator',
    help: 'Give another account the role administrator first.'
  },
  'client.unknown': { status: 404, issue: 'not-found', text: 'There is no client {client}', help: 'See the list of clients.' },
  'client.invalid': { status: 422, issue: 'invalid', text: '{reason}', help: 'See docs/guides/identity.md.' },
  // --- OAuth 2.0: what follows oauth. is the error code of RFC 6749 and its kin
  'oauth.invalid_request': { status: 400, issue: 'invalid', text: '{reason}', help: 'See RFC 6749, 4 and 5.2.' },
  'oauth.invalid_client': { status: 401, issue: 'login', text: '{reason}', help: 'See docs/guides/identity.md on backend services.' },
  'oauth.invalid_grant': { status: 400, issue: 'login', text: '{reason}', help: 'Log in again.' },
  'oauth.unsupported_grant_type': {
    status: 400,
    issue: 'not-supported',
    text: '{reason}',
    help: 'See grant_types_supported at /fhir/.well-known/smart-configuration.'
  },
  'oauth.invalid_scope': { status: 400, issue: 'forbidden', text: '{reason}', help: 'Ask for scopes that the client is registered with.' },
  // --- threads: questions of patients and their answers
  'thread.invalid': {
    status: 422,
    issue: 'business-rule',
    text: '{reason}',
    help: 'See docs/guides/threads.md for what a thread is made of.'
  },
  'thread.answered': {
    status: 409,
    issue: 'conflict',
    text: 'The question {question} was answered by {who} at {when}',
    help: 'A question has one answer. Read it; its author may correct it.'
  },
  'thread.not-responsible': {
    status: 403,
    issue: 'forbidden',
    text: '{sender} may not answer: the responsible physician is {responsible}',
    help: 'The attending physician of the admission answers; without one, the general practitioner of the patient.'
  },
  'thread.not-theirs': {
    status: 403,
    issue: 'forbidden',
    text: '{reason}',
    help: 'Patients ask for themselves; physicians answer, open and correct for themselves.'
  },
  'thread.permanent': {
    status: 409,
    issue: 'business-rule',
    text: '{type}/{id} is part of a thread: {reason}',
    help: 'Questions and answers stay as they are. The author of an answer may correct its payload, with a note that says why.'
  },
  'thread.state': {
    status: 409,
    issue: 'conflict',
    text: '{type}/{id} does not agree with its thread: {reason}',
    help: 'Leave it out: the service keeps the header and the Task of a thread in step with its questions and answers.'
  },
  // --- the hospital's interface (/rest)
  'rest.body': { status: 400, issue: 'structure', text: '{reason}', help: 'Send one JSON object with the columns of the table.' },
  'rest.column': {
    status: 422,
    issue: 'value',
    text: '{column} {reason}',
    help: 'See the columns of the table at /docs.'
  },
  'rest.row': { status: 422, issue: 'invalid', text: '{reason}', help: 'See the columns of the table at /docs.' },
  'rest.parameter': { status: 400, issue: 'value', text: '{parameter} {reason}', help: 'See the parameters of the route at /docs.' },
  'rest.not-found': { status: 404, issue: 'not-found', text: 'There is no row {key} in {table}', help: 'Check the number in the address.' },
  'rest.unknown': {
    status: 422,
    issue: 'not-found',
    text: '{column} names {key}, which is not in {table}',
    help: 'Send the row it names first, or correct the column.'
  },
  'rest.exists': {
    status: 409,
    issue: 'duplicate',
    text: 'There is a row {key} in {table} already',
    help: 'Change it with PUT, or leave its number out and a new one is given.'
  },
  'rest.overlap': {
    status: 409,
    issue: 'conflict',
    text: 'The patient is admitted at that time already',
    help: 'Discharge the patient from the other admission first, or correct the times.'
  },
  'rest.no-bed': {
    status: 409,
    issue: 'conflict',
    text: 'No bed is free in {unit}',
    help: 'Ask for another unit, or admit without one; beds become free by discharge and transfer.'
  },
  'rest.in-use': {
    status: 409,
    issue: 'business-rule',
    text: 'The patient {key} has clinical data: {types}',
    help: 'WARDBRIDGE_REST_ARCHIVE=on makes such a patient inactive instead.'
  },
  'rest.idempotency-reused': {
    status: 422,
    issue: 'duplicate',
    text: 'This Idempotency-Key was used for another request',
    help: 'Use a new key for every request, and the same one only to repeat it unchanged.'
  },
  'rest.idempotency-running': {
    status: 409,
    issue: 'transient',
    text: 'The first request with this Idempotency-Key is being worked on',
    help: 'Repeat the request in a moment.'
  },
  // --- pictures, videos and documents
  'media.empty': { status: 400, issue: 'required', text: 'The upload has no content', help: 'Send the bytes of the file as the body.' },
  'media.type': {
    status: 415,
    issue: 'not-supported',
    text: 'The content is none of the types that are taken: {types}',
    help: 'The type is told by the first bytes, whatever the file is called. Send the file itself, not a form, as one of these types.'
  },
  'media.mismatch': {
    status: 415,
    issue: 'invalid',
    text: 'Content-Type says {declared}, but the content is {found}',
    help: 'Send the type that the content has, or application/octet-stream.'
  },
  'media.too-large': {
    status: 413,
    issue: 'too-long',
    text: 'The upload is larger than {limit} bytes',
    help: 'Send a smaller file, or raise WARDBRIDGE_MEDIA_LIMIT.'
  },
  'media.incomplete': {
    status: 400,
    issue: 'transient',
    text: 'The upload ended before all of it had come',
    help: 'Send it again; nothing was kept.'
  },
  'media.not-found': { status: 404, issue: 'not-found', text: 'There is no medium {key}', help: 'Check the number in the address.' },
  'media.named': {
    status: 409,
    issue: 'conflict',
    text: '{type}/{id} is named by {by}',
    help: 'It stays as long as something names it.'
  },
  'files.full': {
    status: 507,
    issue: 'transient',
    text: 'There is no room for the upload',
    help: 'Make room where WARDBRIDGE_FILES is, or lower WARDBRIDGE_FILES_RESERVE.'
  },
  'files.missing': { status: 404, issue: 'not-found', text: 'The content is not there any more', help: 'Restore it from a backup.' },
  // --- Cloud Storage
  'bucket.unavailable': {
    status: 503,
    issue: 'transient',
    text: 'Cloud Storage did not do this within {seconds} s (gs://{bucket}): {reason}',
    help: 'Send the request again, or run the command again; WARDBRIDGE_CALL_BUDGET says how long is tried.'
  },
  'bucket.denied': {
    status: 502,
    issue: 'exception',
    text: 'Cloud Storage refuses the credentials of this server for gs://{bucket} ({status})',
    help: 'Reading needs roles/storage.objectViewer on the bucket, reading and writing roles/storage.objectUser.'
  },
  'bucket.missing': {
    status: 502,
    issue: 'exception',
    text: 'There is no bucket gs://{bucket}',
    help: 'Check its name, and the project of the credentials.'
  },
  'bucket.unexpected': {
    status: 502,
    issue: 'exception',
    text: 'Cloud Storage did not do this (gs://{bucket}): {reason}',
    help: 'Try again; if it stays so, look at the logs of the project.'
  },
  // --- mapping packs
  'mapping.syntax': { status: 422, issue: 'structure', text: '{reason}', help: 'See docs/reference/mapping-language.md.' },
  'mapping.check': { status: 422, issue: 'invalid', text: '{reason}', help: 'See docs/reference/mapping-language.md.' },
  'mapping.unknown-pack': {
    status: 404,
    issue: 'not-found',
    text: 'There is no mapping pack "{pack}" (known: {known})',
    help: 'Name one of the packs, or the path of a pack folder.'
  },
  'mapping.source': {
    status: 422,
    issue: 'required',
    text: 'No source: {reason}',
    help: 'Give --source URI, the URI that names the hospital system the tables come from.'
  },
  // --- tables
  'table.unknown': {
    status: 422,
    issue: 'invalid',
    text: '{file} is no table of the mapping {pack} (its tables: {known})',
    help: 'Rename the file to the table it holds, or move it out of the folder.'
  },
  'table.header': {
    status: 422,
    issue: 'structure',
    text: '{reason}',
    help: 'The first line names every column of the table once; case and order do not matter.'
  },
  'table.encoding': { status: 422, issue: 'structure', text: '{reason}', help: 'Save the file as UTF-8.' },
  'table.gzip': {
    status: 422,
    issue: 'structure',
    text: 'The gzip stream is damaged or ends early: {reason}',
    help: 'Fetch the file again; the rows before this line were read.'
  },
  'table.quote': { status: 422, issue: 'structure', text: '{reason}', help: 'Close the quote; inside quotes a quote is written twice.' },
  'table.row-size': {
    status: 422,
    issue: 'too-long',
    text: 'A row longer than {limit} bytes',
    help: 'Look for a quote that is never closed, or for a file that is no table.'
  },
  'table.duplicate': { status: 422, issue: 'duplicate', text: '{reason}', help: 'A table may come from one file only.' },
  // --- sources and files
  'source.not-found': { status: 404, issue: 'not-found', text: '{path} does not exist', help: 'Check the path.' },
  'source.unknown-kind': {
    status: 422,
    issue: 'not-supported',
    text: '{path} is not .csv, .csv.gz, .ndjson, .ndjson.gz, .json or .json.gz',
    help: 'Give tables, NDJSON or Bundles.'
  },
  'source.changed': {
    status: 409,
    issue: 'conflict',
    text: '{path} was changed or deleted while it was read: its generation {generation} is not there any more',
    help: 'Run the load again, and leave the object as it is until the load is done.'
  },
  'source.checksum': {
    status: 500,
    issue: 'exception',
    text: 'What came of {path} is not what is stored: its {hash} is another one',
    help: 'Run the load again: what it wrote of this file may be damaged, and is written anew.'
  },
  'source.bundle': { status: 422, issue: 'invalid', text: '{reason}', help: 'Give a Bundle with resources that have an id or a fullUrl.' },
  'source.io': {
    status: 500,
    issue: 'exception',
    text: '{path}: {reason}',
    help: 'Check that the file can be read and written and that the disk is not full.'
  },
  // --- the twin of the Cloud Healthcare API (/v1)
  'twin.id': { status: 400, issue: 'value', text: "invalid ID '{id}'", help: 'An id has 1 to 64 characters out of A-Z a-z 0-9 - and .' },
  'twin.update-create': {
    status: 405,
    issue: 'business-rule',
    text: 'The store lets no client choose an id',
    help: 'Create the resource by POST, or set enableUpdateCreate of the FHIR store.'
  },
  'twin.versions': {
    status: 400,
    issue: 'not-supported',
    text: 'The store shows no versions but the current ones',
    help: 'The FHIR store was made with disableResourceVersioning.'
  },
  'twin.not-imitated': {
    status: 400,
    issue: 'not-supported',
    text: '{what} is not part of the Cloud Healthcare API',
    help: 'See docs/guides/twin.md; /fhir may have it.'
  },
  // --- store and service
  'store.reindexing': {
    status: 503,
    issue: 'transient',
    text: 'The search indexes are being built anew',
    help: 'Searches work again when it is done; reads and writes do meanwhile. `wardbridge serve` does it by itself, `wardbridge verify --rebuild` at once.'
  },
  'store.version': {
    status: 500,
    issue: 'exception',
    text: '{path} has schema version {actual}, this Wardbridge knows {expected}',
    help: 'Use the Wardbridge that wrote it, or a newer one.'
  },
  'store.old': {
    status: 500,
    issue: 'exception',
    text: '{path} has schema version {actual}, older than the {expected} of this Wardbridge',
    help: 'Set WARDBRIDGE_UPGRADE to copy (or leave it out): the file is copied, then brought up to date. Older releases cannot open it after that.'
  },
  'store.upgrade-space': {
    status: 507,
    issue: 'exception',
    text: '{path} is of an older release; to copy it before it is brought up to date takes {needed} MiB, and {free} MiB are free',
    help: 'Free some space, or make a backup elsewhere and set WARDBRIDGE_UPGRADE=direct.'
  },
  'store.open': { status: 500, issue: 'exception', text: '{path} cannot be opened: {reason}', help: 'Check the path and its permissions.' },
  'store.corrupt': {
    status: 500,
    issue: 'exception',
    text: '{reason}',
    help: 'Run `wardbridge verify --store FILE`, with --rebuild to mend the indexes.'
  },
  'store.busy': { status: 503, issue: 'transient', text: 'The store is busy: {reason}', help: 'Try again.' },
  'store.full': { status: 507, issue: 'exception', text: 'The disk is full', help: 'Free some space; reads go on.' },
  // --- the Cloud Healthcare API as a store
  'healthcare.unavailable': {
    status: 503,
    issue: 'transient',
    text: 'The Cloud Healthcare API did not do this within {seconds} s: {reason}',
    help: 'Nothing was written. Send the request again; WARDBRIDGE_CALL_BUDGET says how long is tried.'
  },
  'healthcare.throttled': {
    status: 429,
    issue: 'throttled',
    text: 'The Cloud Healthcare API has too much to do: {reason}',
    help: 'Nothing was written. Send the request again a little later; the quotas of the project may be too low.'
  },
  'healthcare.unanswered': {
    status: 504,
    issue: 'timeout',
    text: 'It is not known whether {what} was done: the Cloud Healthcare API did not answer within {seconds} s',
    help: 'Read what is there now, then decide; sending the same update again does no harm.'
  },
  'healthcare.credentials': {
    status: 502,
    issue: 'processing',
    text: 'The Cloud Healthcare API refuses the credentials of this server ({status})',
    help: 'An administrator finds with `wardbridge doctor` which role is missing.'
  },
  'healthcare.refused': {
    status: 422,
    issue: 'processing',
    text: 'The Cloud Healthcare API refuses this: {reason}',
    help: 'Correct what it names. It checks by its own rules, beside those of this server.'
  },
  'healthcare.unexpected': {
    status: 502,
    issue: 'transient',
    text: 'The Cloud Healthcare API answered {status}: {reason}',
    help: 'Send the request again; if it stays so, look at the logs of the project.'
  },
  'healthcare.import': {
    status: 502,
    issue: 'exception',
    text: 'The Cloud Healthcare API ended an import with code {code}: {reason}',
    help: 'Its own account (service-NUMBER@gcp-sa-healthcare.iam.gserviceaccount.com) needs Storage Object Viewer on the staging bucket. Its log: {logs}'
  },
  'bulk.refused': {
    status: 422,
    issue: 'processing',
    text: '{type}/{id} was not taken by the store: {reason}',
    help: 'Correct the resource at its source and run the load again.'
  },
  'healthcare.too-large': {
    status: 413,
    issue: 'too-long',
    text: 'What is to be written at once takes {bytes} bytes, and the Cloud Healthcare API takes {limit}',
    help: 'A transaction is done as a whole or not at all, so it is not cut: send several, or a batch.'
  },
  'request.cancelled': {
    status: 499,
    issue: 'transient',
    text: 'The client went away before the answer was there',
    help: 'Nothing was written.'
  },
  // --- backups and jobs
  'backup.damaged': {
    status: 422,
    issue: 'invalid',
    text: 'The backup {file} cannot be used: {reason}',
    help: 'Nothing was restored. Use another backup; `wardbridge restore BACKUP --check` says of each whether it can be used.'
  },
  'backup.passphrase': {
    status: 422,
    issue: 'security',
    text: '{reason}',
    help: 'Give the passphrase the backup was made with: --passphrase-file FILE, WARDBRIDGE_BACKUP_PASSPHRASE_FILE or WARDBRIDGE_BACKUP_PASSPHRASE.'
  },
  'backup.not-empty': {
    status: 409,
    issue: 'conflict',
    text: '{path} is there already',
    help: 'A backup is restored into an empty place only: name another --store and --state, or move away what is there.'
  },
  'backup.exists': { status: 409, issue: 'duplicate', text: '{path} is there already', help: 'Name another file, or a folder.' },
  'backup.unknown': { status: 404, issue: 'not-found', text: 'There is no backup {backup}', help: 'See GET /admin/backups.' },
  'backup.no-folder': {
    status: 409,
    issue: 'business-rule',
    text: 'The server has no folder for backups',
    help: 'Set WARDBRIDGE_BACKUP_FOLDER, or use `wardbridge backup`.'
  },
  'job.unknown': { status: 404, issue: 'not-found', text: 'There is no job {job}', help: 'See GET /jobs.' },
  'job.unknown-run': { status: 404, issue: 'not-found', text: 'There is no run {run}', help: 'The last 50 runs of each job are kept.' },
  'job.running': {
    status: 409,
    issue: 'conflict',
    text: 'The job {job} is running, in this process or another one',
    help: 'Wait until it has ended. The run of a process that died is given up after a minute.'
  },
  'job.request': { status: 422, issue: 'invalid', text: '{reason}', help: 'See docs/guides/jobs.md for what can be asked.' },
  'job.place': {
    status: 403,
    issue: 'forbidden',
    text: 'Jobs may not use {place}: {setting} does not name it',
    help: 'Name a place that jobs may use, or have the setting name this one; see docs/guides/jobs.md.'
  },
  'job.not-resumable': {
    status: 409,
    issue: 'conflict',
    text: 'The job {job} is {status}',
    help: 'Only what failed or was cancelled can be gone on with; what waits goes on by itself.'
  },
  'job.not-ended': { status: 409, issue: 'conflict', text: 'The job {job} is {status}', help: 'Cancel it first.' },
  'job.crashed': {
    status: 500,
    issue: 'exception',
    text: 'The process of the job ended {tries} times without a word',
    help: 'Look for the memory of the machine; with fewer workers a job takes less. Then resume the job.'
  },
  'backup.objects': {
    status: 422,
    issue: 'not-supported',
    text: 'A backup is of files on this machine; {path} is kept by Google Cloud',
    help: 'Object versioning and soft delete of the bucket, and exports of the FHIR store, take its place: docs/guides/backup.md.'
  },
  'backup.space': {
    status: 507,
    issue: 'exception',
    text: '{folder} has {free} MiB free, the backup needs {needed} MiB',
    help: 'Free some space, or name a folder on another disk. While it is made, a backup takes twice its size.'
  },
  'healthcare.export': {
    status: 502,
    issue: 'exception',
    text: 'The Cloud Healthcare API did not export: {reason} (code {code}; logs: {logs})',
    help: "Look at the logs of the operation. The service agent of the API needs roles/storage.objectAdmin on the bucket, or BigQuery's dataEditor and jobUser."
  },
  'export.local': {
    status: 501,
    issue: 'not-supported',
    text: 'A store of the Cloud Healthcare API exports to gs:// and bq://, not to files of this machine',
    help: 'Give --to gs://BUCKET/PREFIX or bq://PROJECT.DATASET.'
  },
  'export.duckdb': {
    status: 501,
    issue: 'not-supported',
    text: 'Parquet files need the package {package} {version}, which is not installed',
    help: 'Install it beside Wardbridge, in that version, with npm install.'
  },
  'bigquery.missing': {
    status: 404,
    issue: 'not-found',
    text: 'There is no dataset {dataset}',
    help: 'Make the dataset first, in the location of your data.'
  },
  'bigquery.denied': {
    status: 403,
    issue: 'forbidden',
    text: 'BigQuery refuses access to {dataset} (status {status})',
    help: 'The account needs roles/bigquery.jobUser on the project and roles/bigquery.dataEditor on the dataset.'
  },
  'bigquery.load': {
    status: 502,
    issue: 'exception',
    text: 'BigQuery did not load the table {table}: {reason}',
    help: 'Look at the job in the console of the project; the table is as it was.'
  },
  'bigquery.unexpected': {
    status: 502,
    issue: 'exception',
    text: 'BigQuery did not do this ({dataset}): {reason}',
    help: 'Try again; if it stays so, look at the logs of the project.'
  },
  'analysis.tables': {
    status: 404,
    issue: 'not-found',
    text: '{folder} has no {files}, which this analysis reads',
    help: 'The store had nothing of these types, or the export was not to Parquet or left them out (--types): export them and run it again.'
  },
  'export.not-empty': {
    status: 409,
    issue: 'conflict',
    text: '{path} holds an export already; one with --since would replace its files by what has changed',
    help: 'Give each export with --since a folder or prefix of its own.'
  },
  'not-supported': { status: 501, issue: 'not-supported', text: '{what} is not supported by this store', help: 'See /fhir/metadata.' },
  config: { status: 500, issue: 'invalid', text: '{reason}', help: 'See docs/reference/configuration.md.' },
  'cli.usage': { status: 400, issue: 'invalid', text: '{reason}', help: 'See `wardbridge --help`.' },
  internal: {
    status: 500,
    issue: 'exception',
    text: 'An unexpected error; reference {reference}',
    help: 'Look for the reference in the log.'
  },

  // --- the local twin of the Cloud Healthcare API
  'twin.argument': { status: 400, issue: 'value', text: '{reason}', help: 'See docs/guides/twin.md for what the twin takes.' },
  'twin.precondition': { status: 400, issue: 'business-rule', text: '{reason}', help: 'See docs/guides/twin.md.' },
  'twin.not-found': { status: 404, issue: 'not-found', text: '{name} is not known', help: 'List what there is, or create it first.' },
  'twin.exists': { status: 409, issue: 'duplicate', text: '{name} exists already', help: 'Use it, or delete it first.' },
  'twin.raced': {
    status: 409,
    issue: 'conflict',
    text: '{what} was changed by somebody else at the same time',
    help: 'Read it anew, apply the change to it and send it again.'
  },
  'twin.record': {
    status: 422,
    issue: 'structure',
    text: 'A record cannot be imported: {reason}',
    help: 'See docs/guides/twin.md for what an import takes.'
  },
  'twin.export': {
    status: 500,
    issue: 'processing',
    text: 'The export ended with an error: {reason}',
    help: 'Correct what it names and begin a new one.'
  },
  'twin.unimplemented': {
    status: 501,
    issue: 'not-supported',
    text: 'The local twin does not imitate {what}',
    help: 'docs/guides/twin.md lists what it imitates.'
  }
} as const satisfies Record<string, ErrorRow>

export type ErrorCode = keyof typeof ERRORS

/** A place in a source file: 1-based line and column. */
export interface Place {
  readonly file?: string
  readonly line?: number
  readonly column?: number
}

type Params = Readonly<Record<string, string | number>>

interface Where {
  readonly expression?: string
  readonly place?: Place
  readonly cause?: unknown
  /** A narrower issue type than that of the table. */
  readonly issue?: IssueType
}

/** The one error class; `code` is a key of `ERRORS`. */
export class WardbridgeError extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly issue: IssueType
  readonly help: string
  readonly params: Params
  /** FHIRPath of the element concerned, as OperationOutcome.issue.expression wants it. */
  readonly expression: string | undefined
  readonly place: Place | undefined

  constructor(code: ErrorCode, params: Params = {}, where: Where = {}) {
    const row: ErrorRow = ERRORS[code]
    super(placeText(where.place) + fill(row.text, params), { cause: where.cause })
    this.name = 'WardbridgeError'
    this.code = code
    this.status = row.status
    this.issue = where.issue ?? row.issue
    this.help = row.help
    this.params = params
    this.expression = where.expression
    this.place = where.place
  }
}

/** Makes (does not throw) an error: `throw fail('resource.not-found', { type, id })`. */
export function fail(code: ErrorCode, params: Params = {}, where: Where = {}): WardbridgeError {
  return new WardbridgeError(code, params, where)
}

/** An OperationOutcome (R4) as JSON text for one or several errors. Never shows the text of an unexpected error. */
export function operationOutcome(errors: readonly WardbridgeError[]): string {
  return JSON.stringify({
    resourceType: 'OperationOutcome',
    issue: errors.map((error) => ({
      severity: 'error',
      code: error.issue,
      details: { coding: [{ system: 'https://fhir.wardbridge.dev/CodeSystem/error', code: error.code }], text: error.message },
      diagnostics: error.help,
      ...(error.expression === undefined ? {} : { expression: [error.expression] })
    }))
  })
}

/** What validation says of one element, as validate() of fhir/profile gives it. */
export interface OutcomeIssue {
  readonly severity: 'error' | 'warning'
  readonly code: IssueType
  readonly expression: string
  readonly text: string
  readonly profile?: string
}

/** The OperationOutcome (R4) of a validation as JSON text; one that says so when there is nothing to say. Issues that only differ in the profile are one. */
export function validationOutcome(issues: readonly OutcomeIssue[]): string {
  const distinct = new Map(issues.map((issue) => [JSON.stringify([issue.severity, issue.expression, issue.text]), issue]))
  const issue = [...distinct.values()].map(({ severity, code, expression, text, profile }) => ({
    severity,
    code,
    details: { text },
    ...(profile === undefined ? {} : { diagnostics: `Asked for by ${profile}` }),
    expression: [expression]
  }))
  const none = { severity: 'information', code: 'informational' satisfies IssueType, details: { text: 'No issues found' } }
  return JSON.stringify({ resourceType: 'OperationOutcome', issue: issue.length === 0 ? [none] : issue })
}

function fill(text: string, params: Params): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in params ? String(params[name]) : whole))
}

function placeText(place: Place | undefined): string {
  if (place?.file === undefined && place?.line === undefined) return ''
  return [place.file, place.line, place.column].filter((part) => part !== undefined).join(':') + ': '
}
