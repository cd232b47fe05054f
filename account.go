package ownsight

import (
	"fmt"
	"regexp"
)

// DefaultAccount is the account that a data folder is given at its first start.
const DefaultAccount = "111122223333"

// SystemAccount owns what no user may see: the archive of models. No key can be made for it.
const SystemAccount = "000000000000"

// DefaultRegion is the region of the default account's configuration file.
const DefaultRegion = "us-east-1"

// Partition is the only ARN partition that is written; others are accepted when read.
const Partition = "aws"

var (
	accountPattern = regexp.MustCompile(`^\d{12}$`)
	regionPattern  = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d{1,2}$`)
)

// ValidAccount reports whether id has the form of an account's number: twelve digits.
func ValidAccount(id string) bool { return accountPattern.MatchString(id) }

// ValidRegion reports whether name has the form of an AWS region, such as eu-central-1.
func ValidRegion(name string) bool { return len(name) <= 32 && regionPattern.MatchString(name) }

// Caller is who asks: the account and user that an access key belongs to, and the region that the call was signed for.
type Caller struct {
	Account   string // twelve digits
	Region    string // from the credential scope of the signature
	AccessKey string
	User      string // empty for the account's root
	Root      bool   // the account's owner, who may do everything in it
}

// ARN names the caller as IAM does.
func (c Caller) ARN() string {
	if c.Root {
		return fmt.Sprintf("arn:%s:iam::%s:root", Partition, c.Account)
	}
	return fmt.Sprintf("arn:%s:iam::%s:user/%s", Partition, c.Account, c.User)
}

// AccessKey is one pair of credentials. Secret never leaves the store but to check a signature.
type AccessKey struct {
	ID      string
	Secret  string
	Account string
	User    string // empty for the account's root
	Root    bool
}

// String hides the secret from logs and error texts.
func (k AccessKey) String() string { return "AccessKey{" + k.ID + " of " + k.Account + "}" }
