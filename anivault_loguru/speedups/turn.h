/* The turns in which the threads of a process append to a file, so that each knows the size that the
   one before it has found. Nothing in a turn waits for the interpreter's lock.

   That lock is kept in a turn, which takes a microsecond or two, while to get it back from other
   threads takes tens of them. It is let go of where the file is not on a disk of this machine's, and
   for the next lines once one took long: others are not to wait for a disk that has much to do. */

#ifndef TURN_H
#define TURN_H

#include "base.h"

#include <pthread.h>

typedef struct {
    pthread_mutex_t lock;
    long forks;           /* of this process's ancestry, when the lock was made */
    long long seen;       /* the file that the last turn was at, */
    long long size;       /* and its size after it */
    long long judged;     /* of which file `is_quick` tells */
    int is_quick;
    int to_let_go;        /* for how many turns more, as one took long */
} Turns;

typedef struct {
    long long inode, size, names;
} Found;

typedef struct {
    int number;           /* the descriptor */
    long long inode;
    const char *line;
    size_t size;
    long long cap;
    ssize_t written;      /* how much of it */
    Found found;          /* when it was written, or when there was no room */
    enum { FAILED, FULL, WRITTEN } result;
} Turn;

/* See to what a process has to know before the first turns are made: 0, or -1. */
int prepare_turns(void);

void make_turns(Turns *turns);
void unmake_turns(Turns *turns);

/* Wait for a turn, and write a line in it if there is room. */
void take_turn(Turns *turns, Turn *turn);

#endif
