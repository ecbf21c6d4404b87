/* Records, fails or ends the file calls of one process: loaded with LD_PRELOAD by tests/crash/run (glibc, Linux).
 *
 * Watched are files below $CURTAIN_SHIM_ROOT; a path with "/keys" in it is the keystore's (durable at once, never failed),
 * any other the vault's. Writing calls (create, write, truncate, sync, rename, unlink, mkdir, rmdir) are numbered from the
 * last "arm", reading calls apart. The program commands the shim by opening paths that cannot exist and reads the answer
 * from errno, less 1000:
 *
 *   /@shim/log=PATH    append what happens to PATH (empty: stop)     /@shim/mark=N   write a mark into the log
 *   /@shim/arm=HOW,FIRST,LAST   what happens to calls FIRST..LAST:
 *       eio, nospc, short (half a write, then no space), read (reading calls: EIO), kill
 *   /@shim/met         whether a call was failed since "arm"         /@shim/off      disarm
 *
 * Log: records of kind[1] node[4] offset[8] size[4] size2[4] bytes bytes2, integers little-endian. Kinds:
 *   c create (bytes: path)   w write (bytes: data, offset)   t truncate (offset: length)   s sync of a file
 *   d sync of a directory (bytes: path)   r rename (bytes: from, bytes2: to)   u unlink   m mkdir   x rmdir   k mark (offset)
 *   o a file that was there before the log (bytes: path)
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FDS = 1024, NODES = 1 << 16 };
enum how { OFF, EIO_, NOSPC, SHORT, READ, KILL };

static struct { int watched, dir, keys; uint32_t node; dev_t dev; ino_t ino; char *path; } fds[FDS];
static struct { dev_t dev; ino_t ino; uint32_t node; } nodes[NODES];
static uint32_t next_node = 1, node_count;
static char root[PATH_MAX];
static size_t root_length;
static int log_fd = -1;
static enum how how = OFF;
static long first, last, writes, reads, met;
static pthread_mutex_t guard = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define LOCK pthread_mutex_lock(&guard)
#define UNLOCK pthread_mutex_unlock(&guard)

__attribute__((constructor)) static void start(void) {
    const char *given = getenv("CURTAIN_SHIM_ROOT");
    if (given) snprintf(root, sizeof root, "%s", given);
    root_length = strlen(root);
    const char *arm = getenv("CURTAIN_SHIM_KILL");
    if (arm) { how = KILL; first = atol(arm); last = LONG_MAX; }
}

static int watched(const char *path) { return root_length && path && strncmp(path, root, root_length) == 0; }
static int is_keys(const char *path) { return strstr(path + root_length, "/keys") != NULL; }

static void put_all(const void *bytes, size_t size) {
    for (const char *at = bytes; size;) {
        long done = syscall(SYS_write, log_fd, at, size);
        if (done <= 0) _exit(97);
        at += done, size -= (size_t)done;
    }
}

static void note(char kind, uint32_t node, uint64_t offset, const void *bytes, uint32_t size, const char *second) {
    if (log_fd < 0) return;
    char head[21];
    uint32_t size2 = second ? (uint32_t)strlen(second) : 0;
    head[0] = kind;
    memcpy(head + 1, &node, 4), memcpy(head + 5, &offset, 8), memcpy(head + 13, &size, 4), memcpy(head + 17, &size2, 4);
    put_all(head, sizeof head), put_all(bytes, size), put_all(second, size2);
}

static void note_path(char kind, uint32_t node, const char *path, const char *second) {
    note(kind, node, 0, path, (uint32_t)strlen(path), second);
}

/* Counts a writing call; 0 when it may go on, else errno; -1 for half a write. */
static int judged(int keys, int writing) {
    long number = writes++;
    if (how == OFF || how == READ || number < first || number > last) return 0;
    if (how == KILL) { kill(getpid(), SIGKILL); for (;;) pause(); }
    if (keys) return 0;
    if (how == SHORT && !writing) return 0;
    if (how == NOSPC && !writing) return 0;
    met = 1;
    return how == SHORT ? -1 : how == NOSPC ? ENOSPC : EIO;
}

static int judged_read(int keys) {
    if (keys) return 0;
    long number = reads++;
    if (how != READ || number < first || number > last) return 0;
    met = 1;
    return EIO;
}

static uint32_t node_of(const struct stat *st, int fresh) {
    uint32_t free_at = node_count;
    for (uint32_t i = 0; i < node_count; i++)
        if (nodes[i].dev == st->st_dev && nodes[i].ino == st->st_ino) {
            if (!fresh) return nodes[i].node;
            free_at = i;
            break;
        }
    if (free_at >= NODES) _exit(98);
    if (free_at == node_count) node_count++;
    nodes[free_at].dev = st->st_dev, nodes[free_at].ino = st->st_ino;
    return nodes[free_at].node = next_node++;
}

static int answer(long value) { errno = (int)(1000 + (value > 1000000 ? 1000000 : value)); return -1; }

static int command(const char *text) {
    char name[16];
    if (strncmp(text, "log=", 4) == 0) {
        if (log_fd >= 0) syscall(SYS_close, log_fd);
        log_fd = text[4] ? (int)syscall(SYS_openat, AT_FDCWD, text + 4, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
        return answer(0);
    }
    if (strncmp(text, "mark=", 5) == 0) { note('k', 0, strtoull(text + 5, NULL, 10), "", 0, NULL); return answer(0); }
    if (sscanf(text, "arm=%15[a-z],%ld,%ld", name, &first, &last) == 3) {
        static const char *names[] = {"off", "eio", "nospc", "short", "read", "kill"};
        writes = reads = met = 0, how = OFF;
        for (int i = 0; i < 6; i++) if (strcmp(name, names[i]) == 0) how = (enum how)i;
        return answer(0);
    }
    if (strcmp(text, "met") == 0) return answer(met);
    how = OFF;
    return answer(0);
}

/* closedir and others close without us: a number may name another file by now. */
static int known(int fd) {
    struct stat st;
    if (fd < 0 || fd >= FDS || !fds[fd].watched) return 0;
    if (fstat(fd, &st) != 0 || st.st_dev != fds[fd].dev || st.st_ino != fds[fd].ino) fds[fd].watched = 0;
    return fds[fd].watched;
}

static int opened(int at, const char *given, int flags, mode_t mode) {
    char whole[PATH_MAX];
    const char *path = given;
    if (strncmp(given, "/@shim/", 7) == 0) { LOCK; int done = command(given + 7); UNLOCK; return done; }
    if (given[0] != '/' && known(at)) {
        snprintf(whole, sizeof whole, "%s/%s", fds[at].path, given);
        path = whole;
    }
    if (!watched(path)) return (int)syscall(SYS_openat, at, given, flags, mode);
    LOCK;
    struct stat st;
    int there = stat(path, &st) == 0, keys = is_keys(path), error = 0;
    if ((!there && (flags & O_CREAT)) || (flags & O_TRUNC)) error = judged(keys, 0);
    else error = judged_read(keys);
    if (error) { UNLOCK; errno = error < 0 ? ENOSPC : error; return -1; }
    int fd = (int)syscall(SYS_openat, at, given, flags, mode);
    if (fd >= 0) {
        if (fd >= FDS || fstat(fd, &st) != 0) _exit(99);
        free(fds[fd].path);
        fds[fd].watched = 1, fds[fd].dir = S_ISDIR(st.st_mode), fds[fd].keys = keys, fds[fd].path = strdup(path);
        fds[fd].dev = st.st_dev, fds[fd].ino = st.st_ino, fds[fd].node = 0;
        if (!fds[fd].dir) {
            uint32_t known = next_node;
            fds[fd].node = node_of(&st, !there);
            if (!there) note_path('c', fds[fd].node, path, NULL);
            else if (known != next_node) note_path('o', fds[fd].node, path, NULL);
            if (there && (flags & O_TRUNC) && st.st_size >= 0) note('t', fds[fd].node, 0, "", 0, NULL);
        }
    }
    int kept = errno;
    UNLOCK;
    errno = kept;
    return fd;
}

#define OPENED(at)                                                       \
    mode_t mode = 0;                                                     \
    if (flags & (O_CREAT | O_TMPFILE)) {                                 \
        va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); \
    }                                                                    \
    return opened(at, path, flags, mode);
int open(const char *path, int flags, ...) { OPENED(AT_FDCWD) }
int open64(const char *path, int flags, ...) { OPENED(AT_FDCWD) }
int openat(int at, const char *path, int flags, ...) { OPENED(at) }
int openat64(int at, const char *path, int flags, ...) { OPENED(at) }


int close(int fd) {
    if (known(fd)) fds[fd].watched = 0;
    return (int)syscall(SYS_close, fd);
}

static ssize_t written(int fd, const void *bytes, size_t size, off64_t at) {
    int keys = fds[fd].keys;
    LOCK;
    int error = judged(keys, 1);
    if (error > 0) { UNLOCK; errno = error; return -1; }
    if (error < 0 && (size /= 2) == 0) { UNLOCK; errno = ENOSPC; return -1; }
    off64_t from = at >= 0 ? at : (fcntl(fd, F_GETFL) & O_APPEND) ? lseek64(fd, 0, SEEK_END) : lseek64(fd, 0, SEEK_CUR);
    ssize_t done = at >= 0 ? syscall(SYS_pwrite64, fd, bytes, size, at) : syscall(SYS_write, fd, bytes, size);
    if (done > 0) note('w', fds[fd].node, (uint64_t)from, bytes, (uint32_t)done, NULL);
    UNLOCK;
    return done;
}

ssize_t write(int fd, const void *bytes, size_t size) {
    return known(fd) ? written(fd, bytes, size, -1) : syscall(SYS_write, fd, bytes, size);
}
ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at) {
    return known(fd) ? written(fd, bytes, size, at) : syscall(SYS_pwrite64, fd, bytes, size, at);
}
ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t at) { return pwrite(fd, bytes, size, at); }
ssize_t writev(int fd, const struct iovec *parts, int count) {
    if (!known(fd)) return syscall(SYS_writev, fd, parts, count);
    for (int i = 0; i < count; i++) /* A short write is allowed. */
        if (parts[i].iov_len) return written(fd, parts[i].iov_base, parts[i].iov_len, -1);
    return 0;
}

static int read_fails(int fd) {
    if (!known(fd)) return 0;
    LOCK;
    int error = judged_read(fds[fd].keys);
    UNLOCK;
    if (error) errno = error;
    return error;
}
ssize_t read(int fd, void *bytes, size_t size) { return read_fails(fd) ? -1 : syscall(SYS_read, fd, bytes, size); }
ssize_t pread(int fd, void *bytes, size_t size, off_t at) {
    return read_fails(fd) ? -1 : syscall(SYS_pread64, fd, bytes, size, at);
}
ssize_t pread64(int fd, void *bytes, size_t size, off64_t at) { return pread(fd, bytes, size, at); }

int ftruncate(int fd, off_t length) {
    if (!known(fd)) return (int)syscall(SYS_ftruncate, fd, length);
    LOCK;
    int error = judged(fds[fd].keys, 0), done = -1;
    if (error) errno = EIO;
    else if ((done = (int)syscall(SYS_ftruncate, fd, length)) == 0) note('t', fds[fd].node, (uint64_t)length, "", 0, NULL);
    UNLOCK;
    return done;
}
int ftruncate64(int fd, off64_t length) { return ftruncate(fd, length); }

static int synced(int fd, long call) {
    if (!known(fd)) return (int)syscall(call, fd);
    LOCK;
    int error = judged(fds[fd].keys, 0);
    if (error) errno = EIO;
    else if (fds[fd].dir) note_path('d', 0, fds[fd].path, NULL);
    else note('s', fds[fd].node, 0, "", 0, NULL);
    UNLOCK;
    return error ? -1 : 0; /* The medium is a memory disk: nothing to wait for. */
}
int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

static int named(char kind, const char *path, const char *second, int (*call)(const char *, const char *)) {
    LOCK;
    struct stat st;
    const char *gone = kind == 'r' ? second : path;
    int ends = kind != 'm' && lstat(gone, &st) == 0;
    int error = judged(is_keys(path), 0), done = -1;
    if (error) errno = EIO;
    else if ((done = call(path, second)) == 0) {
        note_path(kind, 0, path, second);
        for (uint32_t i = 0; ends && i < node_count; i++) /* Its inode may come back as another file's. */
            if (nodes[i].dev == st.st_dev && nodes[i].ino == st.st_ino) { nodes[i] = nodes[--node_count]; break; }
    }
    int kept = errno;
    UNLOCK;
    errno = kept;
    return done;
}
static int do_rename(const char *from, const char *to) { return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0); }
static int do_unlink(const char *path, const char *unused) { (void)unused; return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0); }
static int do_rmdir(const char *path, const char *unused) { (void)unused; return (int)syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR); }

int rename(const char *from, const char *to) { return watched(from) ? named('r', from, to, do_rename) : do_rename(from, to); }
int unlink(const char *path) { return watched(path) ? named('u', path, NULL, do_unlink) : do_unlink(path, NULL); }
int rmdir(const char *path) { return watched(path) ? named('x', path, NULL, do_rmdir) : do_rmdir(path, NULL); }
int unlinkat(int at, const char *given, int flags) {
    char whole[PATH_MAX];
    if (given[0] != '/' && known(at)) {
        snprintf(whole, sizeof whole, "%s/%s", fds[at].path, given);
        return named(flags & AT_REMOVEDIR ? 'x' : 'u', whole, NULL, flags & AT_REMOVEDIR ? do_rmdir : do_unlink);
    }
    if (given[0] == '/' && watched(given)) return flags & AT_REMOVEDIR ? rmdir(given) : unlink(given);
    return (int)syscall(SYS_unlinkat, at, given, flags);
}
static mode_t made_with;
static int do_mkdir(const char *path, const char *unused) { (void)unused; return (int)syscall(SYS_mkdirat, AT_FDCWD, path, made_with); }
int mkdir(const char *path, mode_t mode) {
    if (!watched(path)) return (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    made_with = mode;
    return named('m', path, NULL, do_mkdir);
}
