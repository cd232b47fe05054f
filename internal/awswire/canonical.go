package awswire

import (
	"cmp"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// canonicalRequest builds the canonical request of Signature Version 4 up to, not including, the hash of the body:
//
//	METHOD \n path \n query \n headers \n \n signed header names \n
func canonicalRequest(r *http.Request, s *signature) ([]byte, error) {
	// These two say where the request goes and what it does; unsigned, they could be exchanged on the way.
	for _, name := range []string{"host", "x-amz-target"} {
		if (name == "host" || r.Header.Get(name) != "") && !slices.Contains(s.headers, name) {
			return nil, Errorf(CodeInvalidSignature, "'%s' must be a 'SignedHeader' in the AWS Authorization.",
				textproto.CanonicalMIMEHeaderKey(name))
		}
	}
	query, err := canonicalQuery(r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	b := make([]byte, 0, 1024)
	path := canonicalPath(r.URL.EscapedPath())
	if s.service == "s3" {
		path = strings.ReplaceAll(escape(r.URL.Path), "%2F", "/") // a key may have any segments
	}
	b = append(b, r.Method+"\n"+path+"\n"+query+"\n"...)
	for _, name := range s.headers {
		b = append(append(b, name...), ':')
		b = appendHeader(b, r, name)
		b = append(b, '\n')
	}
	b = append(append(b, '\n'), strings.Join(s.headers, ";")...)
	return append(b, '\n'), nil
}

// appendHeader writes the values of a header, joined by commas, without spaces at their ends or doubled within.
func appendHeader(b []byte, r *http.Request, name string) []byte {
	values := r.Header.Values(name)
	switch {
	case name == "host":
		values = []string{r.Host}
	case name == "content-length" && len(values) == 0:
		values = []string{strconv.FormatInt(r.ContentLength, 10)}
	}
	for i, value := range values {
		if i > 0 {
			b = append(b, ',')
		}
		for j, word := range strings.Fields(value) {
			if j > 0 {
				b = append(b, ' ')
			}
			b = append(b, word...)
		}
	}
	return b
}

// canonicalPath resolves dot segments and empty segments of an escaped path and escapes it once more, as every service
// but S3 wants it.
func canonicalPath(escaped string) string {
	if escaped == "/" || escaped == "" {
		return "/"
	}
	var kept []string
	for segment := range strings.SplitSeq(escaped, "/") {
		switch segment {
		case "", ".":
		case "..":
			kept = kept[:max(0, len(kept)-1)]
		default:
			kept = append(kept, escape(segment))
		}
	}
	path := "/" + strings.Join(kept, "/")
	if strings.HasSuffix(escaped, "/") && len(kept) > 0 {
		path += "/"
	}
	return path
}

// canonicalQuery sorts the parameters, all but the signature itself, escaped.
func canonicalQuery(raw string) (string, error) {
	if raw == "" {
		return "", nil
	}
	type parameter struct{ name, value string }
	var parameters []parameter
	for pair := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name, errName := url.QueryUnescape(name)
		value, errValue := url.QueryUnescape(value)
		if errName != nil || errValue != nil {
			return "", Errorf(CodeIncompleteSignature, "The query string is not properly escaped.")
		}
		if pair != "" && name != "X-Amz-Signature" {
			parameters = append(parameters, parameter{escape(name), escape(value)})
		}
	}
	slices.SortFunc(parameters, func(a, b parameter) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.value, b.value))
	})
	var b strings.Builder
	for i, p := range parameters {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(p.name + "=" + p.value)
	}
	return b.String(), nil
}

// escape is the URI encoding of Signature Version 4: everything but the unreserved characters of RFC 3986.
func escape(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}
