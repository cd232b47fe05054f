package kms

import (
	"fmt"

	"github.com/tink-crypto/tink-go/v2/streamingaead"
	"github.com/tink-crypto/tink-go/v2/tink"

	"ownsight"
)

// Key seals. Those that [Keyring.Find] and [Keyring.Key] give are enabled.
type Key struct {
	arn      string
	disabled bool
	stream   tink.StreamingAEAD // nil when disabled
}

// ARN names the key: arn:aws:kms:REGION:ACCOUNT:key/ID.
func (k *Key) ARN() string { return k.arn }

// String is the ARN: there is nothing of the key itself in logs and error texts.
func (k *Key) String() string { return k.arn }

// Keyring holds the keys of a configuration; they stay as they are until the program starts again. The zero value has
// none. Safe for use by many goroutines.
type Keyring struct {
	keys map[name]*Key // by key/ID and by every alias
}

// Open reads the keyset files. It refuses one that others than its owner may read, that is no JSON keyset of Tink, or
// whose keys are not of the one kind that files are sealed with; the error names the file.
func Open(configured []KeyConfig) (*Keyring, error) {
	if err := Check(configured); err != nil {
		return nil, err
	}
	ring := &Keyring{keys: map[name]*Key{}}
	for _, c := range configured {
		key := &Key{arn: c.ARN, disabled: c.Disabled}
		if !c.Disabled {
			handle, err := readKeyset(c.Keyset)
			if err != nil {
				return nil, fmt.Errorf("key %s: %w", c.ARN, err)
			}
			if key.stream, err = streamingaead.New(handle); err != nil {
				return nil, fmt.Errorf("key %s: keyset %s: %w", c.ARN, c.Keyset, err)
			}
		}
		n, _ := parseKeyARN(c.ARN)
		ring.keys[n] = key
		for _, alias := range c.Aliases {
			ring.keys[name{n.region, n.account, alias}] = key
		}
	}
	return ring, nil
}

// Find gives the key that a call means by KmsKeyId: the ID or the ARN of a key, the name (alias/NAME) or the ARN of an
// alias. A name without a region and account is one of the caller's. A key of another account is AccessDenied, whether
// there is one or not; one that is unknown, disabled or of another region is InvalidParameter.
//
// https://docs.aws.amazon.com/rekognition/latest/APIReference/API_CreateProjectVersion.html
func (r *Keyring) Find(account, region, id string) (*Key, error) {
	n, ok := parseARN(id)
	switch {
	case ok:
	case aliasPattern.MatchString(id):
		n = name{region, account, id}
	case keyPattern.MatchString(id):
		n = name{region, account, "key/" + id}
	default:
		return nil, ownsight.Errorf(ownsight.InvalidParameter,
			"KmsKeyId: %.300q is not the ID or ARN of a key, nor the name (alias/...) or ARN of an alias", id)
	}
	if n.account != account {
		return nil, ownsight.Errorf(ownsight.AccessDenied, "KmsKeyId: %s belongs to another account; use a key of account %s", id, account)
	}
	if n.region != region {
		return nil, ownsight.Errorf(ownsight.InvalidParameter, "KmsKeyId: %s is in another region; use a key of %s", id, region)
	}
	key := r.keys[n]
	if key == nil {
		return nil, ownsight.Errorf(ownsight.InvalidParameter,
			"KmsKeyId: there is no key %s in account %s, region %s; the server's operator adds keys to its configuration, under kms", id, account, region)
	}
	if key.disabled {
		return nil, ownsight.Errorf(ownsight.InvalidParameter,
			"KmsKeyId: key %s is disabled; use another one, or have the server's operator enable it", key.arn)
	}
	return key, nil
}

// Key gives the key of an ARN that a sealed file names. One that is gone or disabled is AccessDenied.
func (r *Keyring) Key(arn string) (*Key, error) {
	n, _ := parseKeyARN(arn)
	key := r.keys[n]
	if key == nil {
		return nil, ownsight.Errorf(ownsight.AccessDenied,
			"what was sealed with key %s cannot be read: the server's configuration has no such key; its operator adds it again under kms", arn)
	}
	if key.disabled {
		return nil, ownsight.Errorf(ownsight.AccessDenied,
			"what was sealed with key %s cannot be read: the key is disabled; the server's operator enables it in the configuration", arn)
	}
	return key, nil
}
