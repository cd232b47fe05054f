package rekognition

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight"
)

func TestTokensBelongToTheirList(t *testing.T) {
	caller := ownsight.Caller{Principal: ownsight.Principal{Account: "111122223333"}, Region: "us-east-1"}
	request := ListDatasetEntriesRequest{DatasetArn: new("arn"), Labeled: new(true)}
	mine := listOf(caller, request)
	token := mine.next("after")

	after, limit, err := mine.page(token, new(int32(7)), pageSize)
	require.NoError(t, err)
	require.Equal(t, "after", after)
	require.Equal(t, 7, limit)
	for _, first := range []*string{nil, new("")} {
		after, limit, err = mine.page(first, nil, pageSize)
		require.NoError(t, err)
		require.Empty(t, after)
		require.Equal(t, pageSize, limit)
	}
	require.Nil(t, mine.next(""))

	elsewhere := caller
	elsewhere.Region = "eu-west-1"
	for name, other := range map[string]list{
		"another filter":    listOf(caller, ListDatasetEntriesRequest{DatasetArn: new("arn"), Labeled: new(false)}),
		"another dataset":   listOf(caller, ListDatasetEntriesRequest{DatasetArn: new("other"), Labeled: new(true)}),
		"another operation": listOf(caller, ListDatasetLabelsRequest{DatasetArn: new("arn")}),
		"another region":    listOf(elsewhere, request),
	} {
		_, _, err := other.page(token, nil, pageSize)
		require.Equal(t, ownsight.InvalidPageToken, ownsight.CodeOf(err), name)
	}
	for _, bad := range []string{"after", ".", *token + "x", "x" + *token, strings.TrimPrefix(*token, "after")} {
		_, _, err := mine.page(&bad, nil, pageSize)
		require.Equal(t, ownsight.InvalidPageToken, ownsight.CodeOf(err), bad)
	}
}

// The longest name of a label must fit into a token, which has at most 1024 characters.
func TestTokensAreShortEnough(t *testing.T) {
	token := listOf(ownsight.Caller{}, ListDatasetLabelsRequest{}).next(strings.Repeat("𝔏", 255))
	require.LessOrEqual(t, len([]rune(*token)), 1024)
}
