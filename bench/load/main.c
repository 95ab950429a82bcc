// load: connect, load, measure, report; one JSON object per phase, one per line, on standard output.
//
//   load -p port -o origin -f sockets -P product|tutorial -m closed|open|idle|storm [-C pid]... [-s seconds]
//        [-w in flight] [-r messages per second] [-c connecting at once] [-z characters] [-l log]
//        [-S seconds to settle] [-W seconds to warm up] [-D seconds to drain]
//
// closed: each sender has -w messages in flight. open: -r messages a second, whatever comes back, timed from when each
// was due. idle: nothing is sent. storm: the server is restarted meanwhile; "back PID" on standard input says that it
// listens again.

#include "load.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define MILLISECOND 1000000ull
#define SECOND 1000000000ull
#define CONNECT_SECONDS 120
#define STORM_SECONDS 180
#define WARM_SHARE 10      // every tenth socket comes first: what a server loads once is not a socket's

Options options = {.origin = "http://127.0.0.1", .mode = "closed", .protocol = &product, .in_flight = 1,
                   .at_once = 100, .seconds = 5, .warm_seconds = 1, .settle_seconds = 1.5, .drain_seconds = 15,
                   .characters = 120};

static void fail(const char *sentence) {
    fprintf(stderr, "%s%s%s\n", sentence, first_error[0] ? ": " : "", first_error);
    exit(1);
}

static void wait_seconds(double seconds) {
    uint64_t end = now_ns() + (uint64_t)(seconds * 1e9);
    while (now_ns() < end) turn(5 * MILLISECOND);
}

static void connect_upto(int count) {
    uint64_t deadline = now_ns() + CONNECT_SECONDS * SECOND;
    static int begun;
    while (in_count < count) {
        while (begun < count && begun - in_count < options.at_once) open_socket(&sockets[begun++]);
        turn(20 * MILLISECOND);
        if (violations.closed || violations.errors) fail("a socket was turned away");
        if (now_ns() > deadline) fail("not everybody could connect");
    }
}

static void connect_all(void) {
    int first = socket_count / WARM_SHARE + 1;
    connect_upto(first);
    wait_seconds(options.settle_seconds);
    uint64_t began = now_ns(), cpu = server_cpu_ns(), rss = server_rss_kib();
    connect_upto(socket_count);
    double seconds = (double)(now_ns() - began) / 1e9;
    wait_seconds(options.settle_seconds);
    double rest = socket_count - first;
    printf("{\"phase\":\"connected\",\"sockets\":%d,\"seconds\":%.3f,\"ms_per_connect\":%.4f,\"kib_per_socket\":%.2f}\n",
           socket_count, seconds, rest ? (double)(server_cpu_ns() - cpu) / 1e6 / rest : 0,
           rest ? ((double)server_rss_kib() - (double)rss) / rest : 0);
    fflush(stdout);
}

// The window

typedef struct {
    uint64_t began_ns, cpu_ns, own_cpu_ns;
} Window;

static Window begin_window(void) {
    is_measuring = true;
    return (Window){now_ns(), server_cpu_ns(), own_cpu_ns()};
}

static void end_window(Window window) {
    is_measuring = false;
    double seconds = (double)(now_ns() - window.began_ns) / 1e9;
    double cpu = (double)(server_cpu_ns() - window.cpu_ns) / 1e3, own = (double)(own_cpu_ns() - window.own_cpu_ns) / 1e9;
    printf("{\"phase\":\"measured\",\"seconds\":%.3f,\"messages_per_s\":%.2f,\"deliveries_per_s\":%.1f,"
           "\"us_per_delivery\":%.3f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"ack_p50_ms\":%.3f,\"ack_p99_ms\":%.3f,"
           "\"server_cpu\":%.4f,\"generator_cpu\":%.4f,\"bytes_per_frame\":%.1f}\n",
           seconds, (double)counts.messages / seconds, (double)counts.deliveries / seconds,
           counts.deliveries ? cpu / (double)counts.deliveries : 0, percentile_ms(&last_screen, 0.5),
           percentile_ms(&last_screen, 0.99), percentile_ms(&acknowledged, 0.5), percentile_ms(&acknowledged, 0.99),
           cpu / 1e6 / seconds, own / seconds, counts.frames ? (double)counts.bytes / (double)counts.frames : 0);
    fflush(stdout);
}

static void drain(void) {
    uint64_t deadline = now_ns() + (uint64_t)(options.drain_seconds * 1e9);
    is_sending = false;
    while (under_way() && now_ns() < deadline) wait_seconds(0.05);
    settle_accounts();
}

static void load_closed(void) {
    is_sending = true;
    for (int i = 0; i < sender_count; i++)
        for (int k = 0; k < options.in_flight; k++) send_message(&sockets[senders[i]], now_ns());
    wait_seconds(options.warm_seconds);
    Window window = begin_window();
    wait_seconds(options.seconds);
    end_window(window);
    drain();
}

static void send_on_time(double seconds, uint64_t *due_ns) {
    static int next;
    uint64_t end = now_ns() + (uint64_t)(seconds * 1e9), step = (uint64_t)(1e9 / options.rate), now;
    while ((now = now_ns()) < end) {
        for (; *due_ns <= now; *due_ns += step) send_message(&sockets[senders[next++ % sender_count]], *due_ns);
        turn(*due_ns > now ? *due_ns - now : 0);
    }
}

static void load_open(void) {
    uint64_t due_ns = now_ns();
    send_on_time(options.warm_seconds, &due_ns);
    Window window = begin_window();
    send_on_time(options.seconds, &due_ns);
    end_window(window);
    drain();
}

static void stay_idle(void) {
    Window window = begin_window();
    wait_seconds(options.seconds);
    end_window(window);
}

static void weather_storm(void) {
    char line[200] = "";
    uint64_t left_ns = 0, back_ns = 0, cpu = 0, deadline = now_ns() + STORM_SECONDS * SECOND;
    may_close = true;
    while (!back_ns || in_count < socket_count) {
        turn(2 * MILLISECOND);
        if (!left_ns && in_count < socket_count) left_ns = now_ns();
        if (has_input && !back_ns && fgets(line, sizeof line, stdin) && !strncmp(line, "back", 4)) {
            forget_processes();
            for (char *pid = strtok(line + 4, " \n"); pid; pid = strtok(NULL, " \n")) watch_process(atoi(pid));
            back_ns = now_ns();
            cpu = server_cpu_ns();
        }
        if (left_ns) come_back();
        if (now_ns() > deadline) fail("not everybody came back");
    }
    uint64_t done_ns = now_ns();
    wait_seconds(options.settle_seconds);
    may_close = false;
    printf("{\"phase\":\"returned\",\"sockets\":%d,\"told_1012\":%d,\"seconds\":%.3f,\"seconds_since_cut\":%.3f,"
           "\"ms_per_connect\":%.4f}\n",
           socket_count, restart_count, (double)(done_ns - back_ns) / 1e9, (double)(done_ns - left_ns) / 1e9,
           (double)(server_cpu_ns() - cpu) / 1e6 / socket_count);
}

static void report(void) {
    printf("{\"phase\":\"violations\",\"gaps\":%llu,\"repeats\":%llu,\"differs\":%llu,\"incomplete\":%llu,"
           "\"unacked\":%llu,\"errors\":%llu,\"closed\":%llu}\n",
           (unsigned long long)violations.gaps, (unsigned long long)violations.repeats,
           (unsigned long long)violations.differs, (unsigned long long)violations.incomplete,
           (unsigned long long)violations.unacked, (unsigned long long)violations.errors,
           (unsigned long long)violations.closed);
    if (first_error[0]) fprintf(stderr, "%s\n", first_error);
}

static const char *read_options(int count, char **arguments) {
    const char *file = NULL;
    int option;
    while ((option = getopt(count, arguments, "p:o:f:P:m:C:s:W:S:D:w:r:c:z:l:")) > 0) switch (option) {
        case 'p': options.port = atoi(optarg); break;
        case 'o': options.origin = optarg; break;
        case 'f': file = optarg; break;
        case 'P': options.protocol = strcmp(optarg, "tutorial") ? &product : &tutorial; break;
        case 'm': options.mode = optarg; break;
        case 'C': watch_process(atoi(optarg)); break;
        case 's': options.seconds = atof(optarg); break;
        case 'W': options.warm_seconds = atof(optarg); break;
        case 'S': options.settle_seconds = atof(optarg); break;
        case 'D': options.drain_seconds = atof(optarg); break;
        case 'w': options.in_flight = atoi(optarg); break;
        case 'r': options.rate = atof(optarg); break;
        case 'c': options.at_once = atoi(optarg); break;
        case 'z': options.characters = atoi(optarg); break;
        case 'l': options.log = fopen(optarg, "w"); break;
        default: exit(2);
        }
    return file;
}

int main(int count, char **arguments) {
    struct rlimit files;
    const char *file = read_options(count, arguments);
    if (!file || !options.port) fail("-p port and -f file are needed");
    signal(SIGPIPE, SIG_IGN);
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    srandom((unsigned)now_ns());
    if (!strcmp(options.mode, "storm")) watched_input = STDIN_FILENO;
    read_sockets(file);
    connect_all();
    if (!strcmp(options.mode, "closed")) load_closed();
    if (!strcmp(options.mode, "open")) load_open();
    if (!strcmp(options.mode, "idle")) stay_idle();
    if (!strcmp(options.mode, "storm")) weather_storm();
    report();
    if (options.log) fclose(options.log);
    return 0;
}
