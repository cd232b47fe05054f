package awswire

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"
	basicTime  = "20060102T150405Z"
	basicDate  = "20060102"
)

// Bounds on what a signature may consist of.
const (
	maxAuthorization = 8 << 10 // bytes
	maxSignedHeaders = 100
	maxAccessKeyID   = 128 // characters
)

// signature is what a request says about its own signature.
type signature struct {
	accessKey, date, region, service, terminator string // the five parts of the credential

	headers   []string // names of signed headers, as listed
	mac       [sha256.Size]byte
	time      time.Time
	token     string // of a session
	presigned bool
	expires   time.Duration // of a presigned request
}

// scope is the credential without its key.
func (s *signature) scope() string {
	return s.date + "/" + s.region + "/" + s.service + "/" + s.terminator
}

// parseSignature finds the signature of a request in its Authorization header or its query.
func parseSignature(r *http.Request) (*signature, error) {
	if header := r.Header.Get("Authorization"); header != "" {
		return parseHeader(r, header)
	}
	if strings.Contains(r.URL.RawQuery, "X-Amz-Signature=") {
		return parsePresigned(r.URL.Query())
	}
	return nil, missingAuthentication()
}

// parseHeader reads
//
//	AWS4-HMAC-SHA256 Credential=ID/DATE/REGION/SERVICE/aws4_request, SignedHeaders=a;b, Signature=HEX
func parseHeader(r *http.Request, header string) (*signature, error) {
	if len(header) > maxAuthorization {
		return nil, Errorf(CodeIncompleteSignature, "Authorization header is longer than %d bytes.", maxAuthorization)
	}
	scheme, rest, _ := strings.Cut(header, " ")
	if !strings.HasPrefix(scheme, "AWS4-") {
		return nil, missingAuthentication()
	}
	if scheme != algorithm {
		return nil, Errorf(CodeIncompleteSignature, "Unsupported AWS 'algorithm': '%s'.", truncate(scheme))
	}
	fields := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok && name != "" {
			return nil, Errorf(CodeIncompleteSignature,
				"Authorization header has a part that is not a valid key=value pair (missing equal-sign).")
		}
		fields[name] = value
	}
	date := r.Header.Get("X-Amz-Date")
	if date == "" {
		date = basicFromHTTP(r.Header.Get("Date"))
	}
	var missing []string
	for _, name := range []string{"Credential", "Signature", "SignedHeaders"} {
		if fields[name] == "" {
			missing = append(missing, "Authorization header requires '"+name+"' parameter.")
		}
	}
	if date == "" {
		missing = append(missing,
			"Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
	}
	if len(missing) > 0 {
		return nil, Errorf(CodeIncompleteSignature, "%s", strings.Join(missing, " "))
	}
	s := &signature{token: r.Header.Get("X-Amz-Security-Token")}
	return s, s.fill(fields["Credential"], fields["SignedHeaders"], fields["Signature"], date)
}

func parsePresigned(query url.Values) (*signature, error) {
	var missing []string
	get := func(name string) string {
		value := query.Get(name)
		if value == "" {
			missing = append(missing, "AWS query-string parameters must include '"+name+"'.")
		}
		return value
	}
	scheme, credential, headers := get("X-Amz-Algorithm"), get("X-Amz-Credential"), get("X-Amz-SignedHeaders")
	mac, date, expires := get("X-Amz-Signature"), get("X-Amz-Date"), query.Get("X-Amz-Expires")
	switch {
	case len(missing) > 0:
		return nil, Errorf(CodeIncompleteSignature, "%s", strings.Join(missing, " "))
	case scheme != algorithm:
		return nil, Errorf(CodeIncompleteSignature, "Unsupported AWS 'algorithm': '%s'.", truncate(scheme))
	case len(credential)+len(headers)+len(mac) > maxAuthorization:
		return nil, Errorf(CodeIncompleteSignature, "The signature is longer than %d bytes.", maxAuthorization)
	}
	s := &signature{token: query.Get("X-Amz-Security-Token"), presigned: true, expires: maxSkew}
	if expires != "" {
		seconds, err := strconv.ParseUint(expires, 10, 32)
		if s.expires = time.Duration(seconds) * time.Second; err != nil || s.expires > maxPresigned {
			return nil, Errorf(CodeIncompleteSignature, "X-Amz-Expires must be a number of seconds up to %d.",
				int(maxPresigned.Seconds()))
		}
	}
	return s, s.fill(credential, headers, mac, date)
}

// fill takes over the parts that both forms share.
func (s *signature) fill(credential, headers, mac, date string) error {
	parts := strings.Split(credential, "/")
	if len(parts) != 5 {
		// What came is not repeated: it is a secret where somebody has swapped key and secret.
		return Errorf(CodeIncompleteSignature,
			"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.")
	}
	s.accessKey, s.date, s.region, s.service, s.terminator = parts[0], parts[1], parts[2], parts[3], parts[4]
	if s.accessKey == "" || len(s.accessKey) > maxAccessKeyID {
		return unrecognized()
	}
	if s.headers = strings.Split(headers, ";"); len(s.headers) > maxSignedHeaders {
		return Errorf(CodeIncompleteSignature, "More than %d headers are signed.", maxSignedHeaders)
	}
	if len(mac) != hex.EncodedLen(len(s.mac)) {
		return Errorf(CodeIncompleteSignature, "The signature must be %d hexadecimal digits.", hex.EncodedLen(len(s.mac)))
	}
	if _, err := hex.Decode(s.mac[:], []byte(mac)); err != nil {
		return Errorf(CodeIncompleteSignature, "The signature must be %d hexadecimal digits.", hex.EncodedLen(len(s.mac)))
	}
	var err error
	if s.time, err = time.Parse(basicTime, date); err != nil {
		return Errorf(CodeIncompleteSignature,
			"Date must be in ISO-8601 'basic format'. Got '%s'. See http://en.wikipedia.org/wiki/ISO_8601", truncate(date))
	}
	return nil
}

// basicFromHTTP turns a Date header into the form of X-Amz-Date, or what is no HTTP date into nothing.
func basicFromHTTP(date string) string {
	t, err := http.ParseTime(date)
	if err != nil {
		return ""
	}
	return t.UTC().Format(basicTime)
}

func missingAuthentication() *Error {
	return Errorf(CodeMissingAuthentication, "Missing Authentication Token")
}
