// Trouble is an error as a person should see it: what happened, and what to do about it.
export interface Trouble {
  header: string;
  text: string;
  remedy?: string;
  requestId?: string;
  // over says that the key is no longer good, and that signing in again is the only way on.
  over?: string;
}

interface ServiceError {
  name?: string;
  message?: string;
  $metadata?: { requestId?: string; httpStatusCode?: number };
}

const remedies: Record<string, string> = {
  AccessDeniedException: "The key's user may not do this. An administrator can allow it: ownsight user policy.",
  AccessDenied: "The key's user may not read or write this bucket. Check the bucket's policy, or that the bucket belongs to this account.",
  ResourceNotFoundException: "It was deleted meanwhile, or belongs to another account or region. Go back to the list.",
  ResourceInUseException: "It is in use: something is still being done with it, it is running, or it is shared. Wait for that to end, or end it; its page shows its state.",
  ResourceNotReadyException: "It is not ready yet. Wait for its state to change.",
  ResourceAlreadyExistsException: "Choose another name.",
  LimitExceededException: "Delete what is no longer needed, or have the operator raise the limit.",
  ProvisionedThroughputExceededException: "The model is asked for more than its inference units hold. Try again in a moment, or give it more units.",
  ThrottlingException: "Too many requests at a time. It is tried again by itself; if it goes on, wait a moment.",
  InvalidImageFormatException: "Only JPEG and PNG pictures can be read.",
  ImageTooLargeException: "Pictures may have up to 4 MB sent directly, 15 MB from S3, and 4096 pixels a side.",
  InvalidS3ObjectException: "The file is not there, or in another region, or this key may not read it.",
  OperationNotPermittedException: "Only the account that it belongs to may do this.",
  ResourceNotAvailableException: "It is not available yet, or has failed. Its page shows its state.",
  ConcurrentModificationException: "Somebody else has changed it at the same moment. Look at it again, then repeat.",
  IncompatibleImageException: "This image cannot be used for that. Its page says what it was made of.",
  InvalidRoleException: "The role is not there, or may not be used for this.",
  NoSuchBucket: "Create the bucket first, or choose another one.",
  NoSuchKey: "The file was deleted or moved.",
};

const expired = new Set(["UnrecognizedClientException", "InvalidSignatureException", "ExpiredTokenException", "InvalidClientTokenId", "SignatureDoesNotMatch",
  "InvalidAccessKeyId", "ExpiredToken", "IncompleteSignatureException", "MissingAuthenticationTokenException"]);

// troubleOf turns whatever was thrown into what a person should see.
export function troubleOf(thrown: unknown): Trouble {
  const e = (thrown ?? {}) as ServiceError;
  const name = e.name ?? "Error";
  const text = e.message && e.message !== "UnknownError" ? e.message : "The server gave no reason.";
  const requestId = e.$metadata?.requestId;
  if (expired.has(name)) {
    const header = /expired/i.test(name + text) ? "This key has expired" : "This key is no longer valid";
    const remedy = "Sign in with another one: this page comes back, with what was not saved yet.";
    return { header, text, remedy, requestId, over: `${header}. ${remedy}` };
  }
  if (name === "TypeError" || name === "NetworkError" || name === "TimeoutError" || /failed to fetch|networkerror|load failed/i.test(text)) {
    return { header: "The server does not answer", text: "It may be starting again, or the network is down.", remedy: "Nothing is lost. The page tries again by itself." };
  }
  const status = e.$metadata?.httpStatusCode ?? 0;
  return {
    header: sentence(name),
    text,
    remedy: remedies[name] ?? (status >= 500 ? "Try again. If it goes on, give the operator the request id: the server's log holds the cause." : undefined),
    requestId,
  };
}

// isRefused says that the key may not do something: asking again is no use.
export const isRefused = (thrown: unknown) => (thrown as ServiceError | null)?.name === "AccessDeniedException";

// sentence makes "ResourceInUseException" readable.
function sentence(name: string): string {
  const words = name.replace(/Exception$/, "").replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
