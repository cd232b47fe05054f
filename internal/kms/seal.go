package kms

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A sealed file is
//
//	magic | length of the ARN, one byte | ARN of the key | stream
//
// where stream is Tink's AES-GCM-HKDF streaming encryption with everything before it and the context as associated
// data: 40 bytes of salt and nonce, then segments of 64 KiB (the first one 40 bytes shorter), each with a tag of 16
// bytes. The last segment is marked as such, so that a file cannot be cut either.
//
// https://developers.google.com/tink/streaming-aead/aes_gcm_hkdf_streaming
const (
	magic        = "\x89OWNSEA\x01" // not text, not a known format, and the format's version
	maxHeader    = len(magic) + 1 + 255
	derivedKey   = 32 // bytes; of the salt as well
	streamHeader = 1 + derivedKey + 7
	tag          = 16
	segment      = 64 << 10 // stored bytes
)

// ErrDamaged says that content is not what was sealed at its place: it was changed, cut or put there from elsewhere.
var ErrDamaged = errors.New("sealed content is damaged")

// header is what stands before the stream of a key, in clear.
func header(arn string) string { return magic + string([]byte{byte(len(arn))}) + arn }

// Seal gives what is to be stored of the content that plain reads. It opens only with the same context, which names
// the place (bucket/key), so that sealed files cannot be swapped.
func (k *Key) Seal(plain io.Reader, context string) (io.Reader, error) {
	s := &sealing{plain: plain, chunk: make([]byte, segment)}
	s.stored.WriteString(header(k.arn))
	stream, err := k.stream.NewEncryptingWriter(&s.stored, associated(k.arn, context))
	if err != nil {
		return nil, fmt.Errorf("seal %s with %s: %w", context, k.arn, err)
	}
	s.stream = stream
	return s, nil
}

func associated(arn, context string) []byte { return []byte(header(arn) + context) }

// sealing turns Tink's writer into a reader, without a goroutine that somebody has to end.
type sealing struct {
	plain  io.Reader
	stream io.WriteCloser // into stored
	stored bytes.Buffer
	chunk  []byte
	err    error
}

func (s *sealing) Read(p []byte) (int, error) {
	for s.stored.Len() == 0 {
		if s.err != nil {
			return 0, s.err
		}
		s.err = s.advance()
	}
	return s.stored.Read(p)
}

func (s *sealing) advance() error {
	n, err := s.plain.Read(s.chunk)
	if _, failed := s.stream.Write(s.chunk[:n]); failed != nil {
		return failed
	}
	if err == io.EOF {
		if failed := s.stream.Close(); failed != nil {
			return failed
		}
	}
	return err
}

// Unseal gives the content of what is stored, found by the key that it names. What was stored without a key comes back
// unchanged. A key that is gone or disabled is AccessDenied; content that does not belong to the context is
// [ErrDamaged], as soon as a read meets it: what was read before is genuine. Errors of stored stay what they are.
func (r *Keyring) Unseal(stored io.Reader, context string) (io.Reader, error) {
	source := &faults{reader: stored}
	content := bufio.NewReader(source)
	arn, err := PeekARN(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", context, err)
	}
	if arn == "" {
		return content, nil
	}
	key, err := r.Key(arn)
	if err != nil {
		return nil, err
	}
	if _, err := content.Discard(len(header(arn))); err != nil {
		return nil, err
	}
	stream, err := key.stream.NewDecryptingReader(content, associated(arn, context))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", context, err)
	}
	return &unsealing{stream: stream, source: source, context: context, arn: arn}, nil
}

// UnsealBytes is [Keyring.Unseal] for stored content in memory. Without a key it is stored itself, not a copy.
func (r *Keyring) UnsealBytes(stored []byte, context string) ([]byte, error) {
	content, err := r.Unseal(bytes.NewReader(stored), context)
	if err != nil {
		return nil, err
	}
	sealed, ok := content.(*unsealing)
	if !ok {
		return stored, nil
	}
	plain := bytes.NewBuffer(make([]byte, 0, len(stored)+bytes.MinRead))
	_, err = plain.ReadFrom(sealed)
	return plain.Bytes(), err
}

// unsealing tells the faults of the source from those of the content: Tink takes any early end for the latter.
type unsealing struct {
	stream       io.Reader
	source       *faults
	context, arn string
	err          error
}

func (u *unsealing) Read(p []byte) (int, error) {
	if u.err != nil {
		return 0, u.err
	}
	n, err := u.stream.Read(p)
	switch {
	case err == nil:
	case errors.Is(err, io.EOF) && u.source.err == nil:
		u.err = io.EOF
	case u.source.err != nil:
		u.err = u.source.err
	default:
		u.err = fmt.Errorf("%s: %w: it was changed, cut or moved, or the keyset of %s has lost its key", u.context, ErrDamaged, u.arn)
	}
	return n, u.err
}

// faults remembers what went wrong with a reader.
type faults struct {
	reader io.Reader
	err    error
}

func (f *faults) Read(p []byte) (int, error) {
	n, err := f.reader.Read(p)
	if err != nil && err != io.EOF {
		f.err = err
	}
	return n, err
}

// PeekARN tells which key opens what r reads, "" when it is not sealed, and leaves r where it was. The buffer must have
// 264 bytes. A header that breaks off or names no key is [ErrDamaged].
func PeekARN(r *bufio.Reader) (string, error) {
	start, err := r.Peek(maxHeader)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	rest, sealed := strings.CutPrefix(string(start), magic)
	if !sealed {
		return "", nil
	}
	if rest == "" || len(rest)-1 < int(rest[0]) {
		return "", fmt.Errorf("%w: its header breaks off", ErrDamaged)
	}
	arn := rest[1 : 1+int(rest[0])]
	if _, ok := parseKeyARN(arn); !ok {
		return "", fmt.Errorf("%w: its header names no key", ErrDamaged)
	}
	return arn, nil
}

// SealedSize is how many bytes are stored of plain bytes of content that are sealed with a key.
func SealedSize(arn string, plain int64) int64 {
	segments := (plain + streamHeader + segment - tag - 1) / (segment - tag)
	return int64(len(header(arn))) + streamHeader + plain + tag*segments
}

// MaxSealedSize is the most that is stored of plain bytes of content, whatever the key.
func MaxSealedSize(plain int64) int64 { return SealedSize("", plain) + 255 }

// PlainSize is how many bytes of content are in as many stored bytes; false for a number that sealing never gives.
func PlainSize(arn string, stored int64) (int64, bool) {
	stream := stored - int64(len(header(arn)))
	plain := stream - streamHeader - tag*((stream+segment-1)/segment)
	return plain, plain >= 0 && SealedSize(arn, plain) == stored
}
