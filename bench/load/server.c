// Clocks, and what the server's processes use: CPU of all their threads, dead ones included, and resident memory.

#include "load.h"

#include <stdlib.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#define MOST_PROCESSES 64

static pid_t processes[MOST_PROCESSES];
static int process_count;

static uint64_t read_clock(clockid_t clock) {
    struct timespec t;
    if (clock_gettime(clock, &t)) return 0;
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t now_ns(void) { return read_clock(CLOCK_MONOTONIC); }

uint64_t wall_ms(void) { return read_clock(CLOCK_REALTIME) / 1000000; }

uint64_t own_cpu_ns(void) { return read_clock(CLOCK_PROCESS_CPUTIME_ID); }

void watch_process(int pid) {
    if (process_count < MOST_PROCESSES) processes[process_count++] = pid;
}

void forget_processes(void) { process_count = 0; }

uint64_t server_cpu_ns(void) {
    uint64_t sum = 0;
    for (int i = 0; i < process_count; i++) {
        clockid_t clock;
        if (!clock_getcpuclockid(processes[i], &clock)) sum += read_clock(clock);
    }
    return sum;
}

uint64_t server_rss_kib(void) {
    uint64_t pages = 0;
    for (int i = 0; i < process_count; i++) {
        char path[64];
        unsigned long resident = 0;
        snprintf(path, sizeof path, "/proc/%d/statm", processes[i]);
        FILE *file = fopen(path, "r");
        if (!file) continue;
        if (fscanf(file, "%*u %lu", &resident) == 1) pages += resident;
        fclose(file);
    }
    return pages * (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
}
