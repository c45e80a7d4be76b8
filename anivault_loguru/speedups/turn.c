#include "turn.h"

#include <fcntl.h>
#include <sys/stat.h>
#if defined(__linux__)
#include <sys/vfs.h>
#elif defined(__APPLE__)
#include <sys/mount.h>
#endif
#include <time.h>
#include <unistd.h>

#define LONG_TURN 10000000 /* nanoseconds; by a clock of milliseconds that costs nothing to read */
#define AFTER_A_LONG_TURN 100

#ifdef CLOCK_MONOTONIC_COARSE
#define COARSE_CLOCK CLOCK_MONOTONIC_COARSE
#else
#define COARSE_CLOCK CLOCK_MONOTONIC
#endif

/* Tell whether a file is on a disk of this machine's, or in its memory. */
static int
is_on_quick_disk(int number)
{
#if defined(__linux__)
    struct statfs found;
    if (fstatfs(number, &found) < 0)
        return 0;
    switch ((unsigned long)found.f_type) {
    case 0xef53:     /* ext2 to ext4 */
    case 0x58465342: /* XFS */
    case 0x9123683e: /* Btrfs */
    case 0x2fc12fc1: /* ZFS */
    case 0xf2f52010: /* F2FS */
    case 0x01021994: /* tmpfs */
    case 0x794c7630: /* overlayfs */
        return 1;
    }
    return 0;
#elif defined(__APPLE__)
    struct statfs found;
    return fstatfs(number, &found) == 0 && found.f_flags & MNT_LOCAL;
#else
    return 0;
#endif
}

static long forks;

/* In a forked child: the turn may have been another thread's. */
static void
forked(void)
{
    forks++;
}

int
prepare_turns(void)
{
    static int told;
    if (!told && (told = 1, pthread_atfork(NULL, NULL, forked)) != 0) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

/* Look at an open file, at no more of it than is needed: whoever asks for its times makes newer
   Linux write a finer one, and the inode with it, at the next write, which then takes twice as
   long. */
static int
look_at_file(int number, Found *found)
{
#if defined(STATX_SIZE) && defined(AT_EMPTY_PATH)
    struct statx some;
    if (statx(number, "", AT_EMPTY_PATH, STATX_INO | STATX_SIZE | STATX_NLINK, &some) == 0) {
        *found = (Found){(long long)some.stx_ino, (long long)some.stx_size, some.stx_nlink};
        return 0;
    }
#endif
    struct stat all;
    if (fstat(number, &all) < 0)
        return -1;
    *found = (Found){(long long)all.st_ino, all.st_size, (long long)all.st_nlink};
    return 0;
}

/* Write a line, if there is room for it, and end the turn. */
static void
end_turn(Turns *turns, Turn *turn)
{
    struct timespec begun, ended;
    long long most = turn->cap - (long long)turn->size;
    clock_gettime(COARSE_CLOCK, &begun);
    if ((turns->seen != turn->inode || turns->size > most) &&
        look_at_file(turn->number, &turn->found) == 0 && turn->found.inode == turn->inode &&
        turn->found.size > most)
        turn->result = FULL;
    else if ((turn->written = write(turn->number, turn->line, turn->size)) >= 0 &&
             look_at_file(turn->number, &turn->found) == 0) {
        turns->seen = turn->found.inode;
        turns->size = turn->found.size;
        turn->result = WRITTEN;
    }
    clock_gettime(COARSE_CLOCK, &ended);
    if ((ended.tv_sec - begun.tv_sec) * 1000000000LL + ended.tv_nsec - begun.tv_nsec > LONG_TURN)
        turns->to_let_go = AFTER_A_LONG_TURN;
    else
        turns->to_let_go -= turns->to_let_go > 0;
    pthread_mutex_unlock(&turns->lock);
}

void
make_turns(Turns *turns)
{
    turns->forks = forks;
    pthread_mutex_init(&turns->lock, NULL);
}

void
unmake_turns(Turns *turns)
{
    pthread_mutex_destroy(&turns->lock);
}

void
take_turn(Turns *turns, Turn *turn)
{
    if (turns->forks != forks)
        make_turns(turns);
    if (turns->judged != turn->inode) {
        turns->is_quick = is_on_quick_disk(turn->number);
        turns->judged = turn->inode;
    }
    if (turns->is_quick && !turns->to_let_go && pthread_mutex_trylock(&turns->lock) == 0)
        end_turn(turns, turn);
    else {
        Py_BEGIN_ALLOW_THREADS
        pthread_mutex_lock(&turns->lock);
        end_turn(turns, turn);
        Py_END_ALLOW_THREADS
    }
}
