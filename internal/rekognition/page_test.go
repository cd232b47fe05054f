package rekognition

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight"
	"ownsight/internal/awswire"
)

func TestTokensBelongToTheirList(t *testing.T) {
	caller := ownsight.Caller{Principal: ownsight.Principal{Account: "111122223333"}, Region: "us-east-1"}
	request := ListDatasetEntriesRequest{DatasetArn: new("arn"), Labeled: new(true)}
	mine := awswire.PagesOf(caller, request)
	token := mine.Next("after")

	after, limit, err := mine.Page(token, new(int32(7)), pageSize)
	require.NoError(t, err)
	require.Equal(t, "after", after)
	require.Equal(t, 7, limit)
	for _, first := range []*string{nil, new("")} {
		after, limit, err = mine.Page(first, nil, pageSize)
		require.NoError(t, err)
		require.Empty(t, after)
		require.Equal(t, pageSize, limit)
	}
	require.Nil(t, mine.Next(""))

	elsewhere := caller
	elsewhere.Region = "eu-west-1"
	for name, other := range map[string]awswire.Pages{
		"another filter":    awswire.PagesOf(caller, ListDatasetEntriesRequest{DatasetArn: new("arn"), Labeled: new(false)}),
		"another dataset":   awswire.PagesOf(caller, ListDatasetEntriesRequest{DatasetArn: new("other"), Labeled: new(true)}),
		"another operation": awswire.PagesOf(caller, ListDatasetLabelsRequest{DatasetArn: new("arn")}),
		"another region":    awswire.PagesOf(elsewhere, request),
	} {
		_, _, err := other.Page(token, nil, pageSize)
		require.Equal(t, ownsight.InvalidPageToken, ownsight.CodeOf(err), name)
	}
	for _, bad := range []string{"after", ".", *token + "x", "x" + *token, strings.TrimPrefix(*token, "after")} {
		_, _, err := mine.Page(&bad, nil, pageSize)
		require.Equal(t, ownsight.InvalidPageToken, ownsight.CodeOf(err), bad)
	}
}

// The longest name of a label must fit into a token, which has at most 1024 characters.
func TestTokensAreShortEnough(t *testing.T) {
	token := awswire.PagesOf(ownsight.Caller{}, ListDatasetLabelsRequest{}).Next(strings.Repeat("𝔏", 255))
	require.LessOrEqual(t, len([]rune(*token)), 1024)
}
