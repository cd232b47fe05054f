// Package kms seals files with keys that the operator holds, under the names that AWS KMS gives to keys. A sealed file
// says in clear which key opens it, and opens only at the place that it was sealed for.
package kms

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"ownsight"
)

// KeyConfig is one key of the configuration. It belongs to the account and region of its ARN.
type KeyConfig struct {
	// ARN names the key: arn:aws:kms:REGION:ACCOUNT:key/ID.
	ARN string `yaml:"arn"`
	// Aliases are more names for it, alias/NAME, each once in an account and region.
	Aliases []string `yaml:"aliases,flow,omitempty"`
	// Keyset is the file with the key itself, as `ownsight kms create` writes it, mode 0600.
	Keyset string `yaml:"keyset"`
	// Disabled refuses the key for reading and for writing; its file is then not opened.
	Disabled bool `yaml:"disabled,omitempty"`
}

// name is a key's or an alias's place in the world, without the partition.
type name struct {
	region, account string
	resource        string // key/ID or alias/NAME
}

// Forms of names: https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id and
// https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html
const (
	keyID     = `[A-Za-z0-9-]{1,64}`
	aliasName = `[A-Za-z0-9/_-]{1,250}`
)

var (
	arnPattern   = regexp.MustCompile(`^arn:[a-z\d-]{1,16}:kms:([a-z\d-]{1,32}):(\d{12}):(key/` + keyID + `|alias/` + aliasName + `)$`)
	aliasPattern = regexp.MustCompile(`^alias/` + aliasName + `$`)
	keyPattern   = regexp.MustCompile(`^` + keyID + `$`)
)

func parseARN(s string) (name, bool) {
	m := arnPattern.FindStringSubmatch(s)
	if m == nil {
		return name{}, false
	}
	return name{region: m[1], account: m[2], resource: m[3]}, true
}

// parseKeyARN reads the ARN of a key, not of an alias, in a region and account that can exist.
func parseKeyARN(s string) (name, bool) {
	n, ok := parseARN(s)
	return n, ok && strings.HasPrefix(n.resource, "key/") && ownsight.ValidRegion(n.region)
}

// ARNOf names a key that is yet to be made.
func ARNOf(region, account, id string) string {
	return fmt.Sprintf("arn:%s:kms:%s:%s:key/%s", ownsight.Partition, region, account, id)
}

// Check reports every mistake in the keys of a configuration that can be seen without opening their files.
func Check(keys []KeyConfig) error {
	var problems []error
	taken := map[name]bool{}
	for i, k := range keys {
		bad := func(format string, args ...any) {
			problems = append(problems, fmt.Errorf("kms[%d].%s", i, fmt.Sprintf(format, args...)))
		}
		if k.Keyset == "" {
			bad("keyset: needs the path of a file that `ownsight kms create` made")
		}
		n, ok := parseKeyARN(k.ARN)
		if !ok {
			bad("arn: %q is not the ARN of a key, such as %s", k.ARN,
				ARNOf(ownsight.DefaultRegion, ownsight.DefaultAccount, "1234abcd-12ab-34cd-56ef-1234567890ab"))
		} else if taken[n] {
			bad("arn: %s is there twice", k.ARN)
		}
		taken[n] = true
		for _, alias := range k.Aliases {
			other := name{n.region, n.account, alias}
			if !aliasPattern.MatchString(alias) || strings.HasPrefix(alias, "alias/aws/") {
				bad("aliases: %q is not alias/ and a name of letters, digits, / _ and -; alias/aws/ is AWS's own", alias)
			} else if ok && taken[other] {
				bad("aliases: %s is there twice in account %s, region %s", alias, n.account, n.region)
			}
			taken[other] = true
		}
	}
	return errors.Join(problems...)
}
