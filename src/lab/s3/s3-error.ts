import { DECLARATION, element, type Xml } from "./xml.ts";

/**
 * An error answer of the S3 protocol. Thrown inside an operation and turned into XML at one place (`serve.ts`).
 * Codes and statuses: Amazon S3 API reference, "Error responses".
 */
export class S3Error extends Error {
  readonly status: number;
  readonly code: string;
  /** Further child elements of `<Error>`. */
  readonly extra: Xml | undefined;

  constructor(status: number, code: string, message: string, extra?: Xml) {
    super(message);
    this.status = status;
    this.code = code;
    this.extra = extra;
  }

  toXml(resource: string, requestId: string): string {
    const error = element(
      "Error",
      element("Code", this.code),
      element("Message", this.message),
      element("Resource", resource),
      element("RequestId", requestId),
      this.extra,
    );
    return DECLARATION + error.xml;
  }
}

export const noSuchBucket = () => new S3Error(404, "NoSuchBucket", "The specified bucket does not exist");
export const noSuchKey = () => new S3Error(404, "NoSuchKey", "The specified key does not exist.");
export const noSuchUpload = () =>
  new S3Error(404, "NoSuchUpload", "The specified upload does not exist. It may have been aborted or completed.");
export const preconditionFailed = () =>
  new S3Error(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold");
export const badDigest = (what: string) =>
  new S3Error(400, "BadDigest", `The ${what} you specified did not match what we received.`);
export const invalidArgument = (message: string) => new S3Error(400, "InvalidArgument", message);
export const slowDown = () => new S3Error(503, "SlowDown", "Please reduce your request rate.");
