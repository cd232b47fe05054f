package doctor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"golang.org/x/sys/unix"

	"ownsight/internal/config"
)

// standing gives the data folder, or where it will be made: the nearest folder above that is there.
func standing(c config.Config) string {
	for dir := c.Data; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(dir); err == nil || dir == filepath.Dir(dir) {
			return dir
		}
	}
}

// trial makes a file in the data folder, hands it to use and removes it.
func trial(c config.Config, use func(path string) error) error {
	f, err := os.CreateTemp(standing(c), ".ownsight-doctor-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	return errors.Join(f.Close(), use(f.Name()))
}

func folder(_ context.Context, c config.Config) Finding {
	if err := trial(c, func(string) error { return nil }); err != nil {
		return bad(err.Error(), fmt.Sprintf("make %s a folder that the server's user may write to, or choose another with --data", c.Data))
	}
	info, err := os.Stat(c.Data)
	if errors.Is(err, fs.ErrNotExist) {
		return ok(c.Data + " will be made at the first start")
	}
	if err != nil {
		return bad(err.Error(), "choose another folder with --data")
	}
	if info.Mode().Perm()&0o077 != 0 {
		return warn(fmt.Sprintf("%s is open to other users (mode %04o)", c.Data, info.Mode().Perm()), "chmod 700 "+c.Data)
	}
	return ok(fmt.Sprintf("%s, mode %04o", c.Data, info.Mode().Perm()))
}

const (
	leastDisk  = 1 << 30
	enoughDisk = 10 << 30
)

func space(_ context.Context, c config.Config) Finding {
	var s unix.Statfs_t
	if err := unix.Statfs(standing(c), &s); err != nil {
		return bad(err.Error(), "choose another folder with --data")
	}
	return judgeSpace(s.Bavail*uint64(s.Bsize), s.Blocks*uint64(s.Bsize))
}

func judgeSpace(free, all uint64) Finding {
	found := fmt.Sprintf("%s free of %s", humanize.Bytes(free), humanize.Bytes(all))
	switch {
	case free < leastDisk:
		return bad(found, "uploads and trainings will fail; free some space, or choose another folder with --data")
	case free < enoughDisk:
		return warn(found, "enough for thousands of pictures, not for more")
	}
	return ok(found)
}

// attributes finds whether what S3 knows of an object can be kept with its file.
func attributes(_ context.Context, c config.Config) Finding {
	err := trial(c, func(path string) error { return unix.Setxattr(path, "user.ownsight", []byte("1"), 0) })
	switch {
	case err == nil:
		return ok("the file system takes extended attributes")
	case errors.Is(err, unix.ENOTSUP):
		return warn("the file system takes no extended attributes", "works: objects' metadata go to a folder beside them; ext4, XFS and Btrfs make it faster")
	}
	return bad(err.Error(), "choose another folder with --data")
}

func credentials(_ context.Context, c config.Config) Finding {
	path := filepath.Join(c.Data, "credentials")
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return ok("none yet; the first start writes them")
	case err != nil:
		return bad(err.Error(), "run as the user that the server runs as")
	case info.Mode().Perm()&0o077 != 0:
		return bad(fmt.Sprintf("%s can be read by other users (mode %04o)", path, info.Mode().Perm()), "chmod 600 "+path+", and make new keys if others had access")
	}
	return ok(fmt.Sprintf("%s, mode %04o", path, info.Mode().Perm()))
}

func port(ctx context.Context, c config.Config) Finding {
	l, err := net.Listen("tcp", c.Listen)
	if err == nil {
		l.Close()
		return ok(c.Listen + " is free")
	}
	if !errors.Is(err, unix.EADDRINUSE) {
		return bad(err.Error(), "choose an address of this machine with --listen")
	}
	if alive(ctx, c.Listen) {
		return ok("an Ownsight server answers at " + c.Listen)
	}
	return bad(c.Listen+" is taken by another program", "end that program, or choose another port with --listen")
}

// alive asks whether it is our server that holds the port.
func alive(ctx context.Context, address string) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/healthz", nil)
	if err != nil {
		return false
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 16))
	return err == nil && answer.StatusCode == http.StatusOK && strings.TrimSpace(string(body)) == "ok"
}

// skew is how far the clocks of a client and the server may be apart; SigV4 allows no more.
const skew = 15 * time.Minute

// clock looks for what gives a wrong clock away: a time before the program was built or before the state was last
// written, and a kernel that nothing keeps in step.
func clock(_ context.Context, c config.Config) Finding {
	now := time.Now()
	known := map[string]time.Time{"the program's source": built()}
	if info, err := os.Stat(filepath.Join(c.Data, "state.db")); err == nil {
		known["the server's state"] = info.ModTime()
	}
	for what, when := range known {
		if now.Before(when.Add(-skew)) {
			return bad(fmt.Sprintf("%s, which is before the last change of %s (%s)", now.UTC().Format(time.DateTime), what, when.UTC().Format(time.DateTime)),
				"set the clock: requests are refused when it is 15 minutes off")
		}
	}
	var t unix.Timex
	if _, err := unix.Adjtimex(&t); err == nil && t.Status&unix.STA_UNSYNC != 0 {
		return warn(now.UTC().Format(time.DateTime)+" UTC, kept in step by nothing",
			"clients on other machines are refused when clocks are 15 minutes apart; run chrony or systemd-timesyncd")
	}
	return ok(now.UTC().Format(time.DateTime) + " UTC")
}

// built is when the program's source was last changed; long ago where the build does not say.
func built() time.Time {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.time" {
				when, _ := time.Parse(time.RFC3339, s.Value)
				return when
			}
		}
	}
	return time.Time{}
}
