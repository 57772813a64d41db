import { type SdkError, THROTTLING } from "./sdk-error.ts";

type Told = { readonly subject: string; readonly store: string; readonly error: SdkError };

/** What of an error the rows look at; 0 and empty when absent. */
type Seen = { readonly name: string; readonly status: number; readonly code: string; readonly message: string };

export type ProblemRow = {
  matches(seen: Seen): boolean;
  readonly code: string;
  readonly next: "stop" | "next-object" | "retry" | "retry-then-stop";
  words(told: Told): { message: string; hint: string };
};

const named =
  (...names: string[]) =>
  ({ name }: Seen) =>
    names.includes(name);

const AGAIN = "resume the run: it goes on with the objects that are missing";

/** Errors of S3 in plain words; the first row that matches speaks. Codes: Amazon S3 API reference, "Error responses". */
export const PROBLEM_ROWS: readonly ProblemRow[] = [
  {
    matches: named("CredentialsProviderError"),
    code: "s3-no-credentials",
    next: "stop",
    words: ({ subject }) => ({
      message: `${subject}: no AWS credentials were found`,
      hint: 'set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give "profile"; check with `aws sts get-caller-identity`',
    }),
  },
  {
    matches: named("RequestTimeTooSkewed", "RequestExpired"),
    code: "s3-clock-skew",
    next: "stop",
    words: ({ subject, store, error }) => ({
      message: `${subject}: ${store} refuses requests because of the clock of this machine${skewText(error)}`,
      hint: "set the clock (`timedatectl set-ntp true`, or `chronyc makestep`), then resume the run",
    }),
  },
  {
    matches: named("ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken"),
    code: "s3-expired-credentials",
    next: "stop",
    words: ({ subject }) => ({
      message: `${subject}: the AWS session has expired`,
      hint: "log in again (for example `aws sso login`), then resume the run",
    }),
  },
  {
    matches: named("InvalidAccessKeyId", "SignatureDoesNotMatch"),
    code: "s3-bad-credentials",
    next: "stop",
    words: ({ subject, store, error }) => ({
      message: `${subject}: ${store} does not accept these credentials (${error.name})`,
      hint: "check AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; check with `aws sts get-caller-identity`",
    }),
  },
  {
    matches: named("NoSuchBucket"),
    code: "s3-no-such-bucket",
    next: "stop",
    words: ({ subject, store }) => ({
      message: `${subject}: there is no such bucket at ${store}`,
      hint: 'check the name of the bucket, "region" and "endpoint"',
    }),
  },
  {
    matches: ({ name, status }) =>
      status === 301 ||
      ["PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"].includes(name),
    code: "s3-wrong-region",
    next: "stop",
    words: ({ subject, error }) => {
      const region =
        error.Region ??
        error.$response?.headers?.["x-amz-bucket-region"] ??
        /expecting '([^']+)'/.exec(error.message)?.[1];
      return {
        message: `${subject}: the bucket is in another region${region ? `, ${region}` : ""}`,
        hint: region
          ? `set "region: ${region}"`
          : 'set "region" to that of the bucket (`aws s3api get-bucket-location`)',
      };
    },
  },
  {
    matches: ({ code }) => /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/.test(code),
    code: "s3-certificate",
    next: "stop",
    words: ({ store, error }) => ({
      message: `the certificate of ${store} is not trusted: ${error.message}`,
      hint: "give the authority that signed it with NODE_EXTRA_CA_CERTS",
    }),
  },
  {
    matches: named("InvalidObjectState"),
    code: "s3-archived-object",
    next: "next-object",
    words: ({ subject }) => ({
      message: `${subject} lies in an archive storage class`,
      hint: "restore it first (`aws s3api restore-object`), then resume the run",
    }),
  },
  {
    matches: ({ name, status }) =>
      status === 403 || status === 401 || ["AccessDenied", "AllAccessDisabled"].includes(name),
    code: "s3-access-denied",
    next: "stop",
    words: ({ subject, store }) => ({
      message: `${subject}: access is denied by ${store}`,
      hint: 'these credentials need to list, read and write there; for a requester-pays bucket set "requesterPays: true"',
    }),
  },
  {
    matches: ({ name, status }) => status === 412 || name === "PreconditionFailed",
    code: "s3-object-changed",
    next: "next-object",
    words: ({ subject }) => ({ message: `${subject} changed while it was transferred`, hint: AGAIN }),
  },
  {
    matches: ({ name, status }) => status === 404 && !["NoSuchUpload"].includes(name),
    code: "s3-object-missing",
    next: "next-object",
    words: ({ subject }) => ({ message: `${subject} does not exist (any more)`, hint: AGAIN }),
  },
  {
    matches: ({ name, status, code, message }) =>
      /^Checksum mismatch/.test(message) ||
      (status === 400 &&
        /BadDigest|XAmzContent(SHA256|Checksum)Mismatch|IncompleteBody|InvalidDigest|RequestTimeout$/.test(
          name + code,
        )),
    code: "s3-damaged-on-the-way",
    next: "retry",
    words: ({ subject, error }) => ({ message: `${subject} arrived damaged (${error.name})`, hint: AGAIN }),
  },
  {
    matches: ({ code }) => ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"].includes(code),
    code: "s3-unreachable",
    next: "retry-then-stop",
    words: ({ subject, store, error }) => ({
      message: `${subject}: ${store} cannot be reached (${error.code})`,
      hint: 'check "endpoint" and the network, then resume the run',
    }),
  },
  {
    matches: ({ name, status }) => status === 503 || status === 429 || THROTTLING.has(name),
    code: "s3-slow-down",
    next: "retry",
    words: ({ subject, store }) => ({
      message: `${subject}: ${store} keeps asking to slow down`,
      hint: 'resume the run later, or with a smaller "concurrency"',
    }),
  },
  {
    matches: ({ name, status, code }) =>
      status >= 500 ||
      status === 409 ||
      /TimeoutError|InternalError|TRANSIENT/.test(name) ||
      CONNECTION_CODES.has(code),
    code: "s3-unsteady",
    next: "retry",
    words: ({ subject, store, error }) => ({
      message: `${subject}: ${store} does not answer properly (${error.code ?? error.name})`,
      hint: AGAIN,
    }),
  },
];

const CONNECTION_CODES = new Set([
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "ERR_STREAM_PREMATURE_CLOSE",
  "UND_ERR_SOCKET",
  "ERR_STREAM_DESTROYED",
]);

function skewText(error: SdkError): string {
  const date = error.$response?.headers?.date;
  const serverMs = date === undefined ? Number.NaN : Date.parse(date);
  if (Number.isNaN(serverMs)) return "";
  const aheadS = Math.round((Date.now() - serverMs) / 1000);
  const minutes = Math.round(Math.abs(aheadS) / 60);
  return `: it is ${minutes} minutes ${aheadS > 0 ? "ahead of" : "behind"} ${new Date(serverMs).toISOString()}, the time of the store`;
}
