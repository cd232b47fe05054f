package rekognition

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"ownsight"
)

// pageSize is what a list gives when it is asked for no number, and the most that it gives.
const pageSize = 100

// list is one list of the wire, whose tokens are good for nothing else: MARK.TOKEN, where TOKEN is the service's.
type list struct{ mark string }

// listOf names a list by everything that decides what is on it: who asks where, and a request without its token and
// size of a page, which may change on the way.
func listOf(c ownsight.Caller, request any) list {
	selects, err := json.Marshal(request)
	if err != nil {
		panic(err) // shapes of the service model
	}
	sum := sha256.Sum256(fmt.Appendf(selects, "%T %s %s", request, c.Account, c.Region))
	return list{base64.RawURLEncoding.EncodeToString(sum[:9])}
}

// page unpacks the members that every list has. An absent or empty token means the first page; one of another list is
// an InvalidPageToken error.
func (l list) page(token *string, size *int32) (after string, limit int, err error) {
	limit = pageSize
	if size != nil {
		limit = int(*size)
	}
	if token == nil || *token == "" {
		return "", limit, nil
	}
	after, ours := strings.CutPrefix(*token, l.mark+".")
	if !ours || after == "" {
		return "", 0, ownsight.Errorf(ownsight.InvalidPageToken, "NextToken is not one that this list has given. Repeat the request that gave it, unchanged but for the token.")
	}
	return after, limit, nil
}

// next is the token of the next page, absent at the end of the list.
func (l list) next(token string) *string {
	if token == "" {
		return nil
	}
	return new(l.mark + "." + token)
}
