package awswire

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"ownsight"
)

// Pages are those of one list of the wire, whose tokens are good for nothing else: TOKEN.MARK, where TOKEN is the service's and MARK
// is a digest of the list and the token, so that one that was altered on the way is noticed.
type Pages struct{ identity []byte }

// PagesOf names a list by everything that decides what is on it: who asks where, and a request without its token and
// size of a page, which may change on the way.
func PagesOf(c ownsight.Caller, request any) Pages {
	selects, err := json.Marshal(request)
	if err != nil {
		panic(err) // shapes of the service model
	}
	return Pages{fmt.Appendf(selects, "%T %s %s ", request, c.Account, c.Region)}
}

// Page unpacks the members that every list has; usual is how many it gives when it is asked for no number. An absent or
// empty token means the first page; one that the list has not given is an InvalidPageToken error.
func (p Pages) Page(token *string, size *int32, usual int) (after string, limit int, err error) {
	limit = usual
	if size != nil {
		limit = int(*size)
	}
	if token == nil || *token == "" {
		return "", limit, nil
	}
	after, ours := strings.CutSuffix(*token, "."+p.mark((*token)[:max(strings.LastIndexByte(*token, '.'), 0)]))
	if !ours || after == "" {
		return "", 0, ownsight.Errorf(ownsight.InvalidPageToken, "NextToken is not one that this list has given. Repeat the request that gave it, unchanged but for the token.")
	}
	return after, limit, nil
}

// Next is the token of the next page, absent at the end of the list.
func (p Pages) Next(token string) *string {
	if token == "" {
		return nil
	}
	return new(token + "." + p.mark(token))
}

func (p Pages) mark(token string) string {
	h := sha256.New()
	h.Write(p.identity)
	h.Write([]byte(token))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:9])
}
