-- Channel files of anivault_loguru (schema native) in ClickHouse: table, loading, three queries.
-- Tested with chdb, which is ClickHouse in process, over files that `anivault-log demo` wrote.
-- Replace /var/log/anivault by your folder; a server reads only files below its user_files folder.

-- A record in error.log is a copy of one in its own channel, and what a collector sends again comes
-- twice: both have the same run and seq, and become one. FINAL in a query sees them as one at once.
CREATE TABLE IF NOT EXISTS anivault_logs
(
    timestamp DateTime64(6, 'UTC') CODEC(Delta, ZSTD),
    level LowCardinality(String),
    component LowCardinality(String),
    event LowCardinality(String),
    message String CODEC(ZSTD),
    request_id String,
    trace_id String,
    span_id String,
    fields JSON,
    logger LowCardinality(String),
    function LowCardinality(String),
    line UInt32,
    process UInt32,
    thread LowCardinality(String),
    run LowCardinality(String),
    seq UInt64,
    exception Tuple(type String, message String, stacktrace String),
    INDEX by_request request_id TYPE bloom_filter GRANULARITY 4,
    INDEX by_trace trace_id TYPE bloom_filter GRANULARITY 4
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(timestamp)
ORDER BY (component, timestamp, run, seq)
-- retention_days = 30
TTL toDateTime(timestamp) + INTERVAL 30 DAY;

-- Load what is there, backups included; what arrives later, a collector brings (vector.toml).
INSERT INTO anivault_logs
SELECT * FROM file(
    '/var/log/anivault/*.{log,log.gz}',
    JSONEachRow,
    'timestamp DateTime64(6, \'UTC\'), level String, component String, event String, message String,
     request_id String, trace_id String, span_id String, fields JSON, logger String,
     function String, line UInt32, process UInt32, thread String, run String, seq UInt64,
     exception Tuple(type String, message String, stacktrace String)'
)
SETTINGS
    date_time_input_format = 'best_effort',
    input_format_skip_unknown_fields = 1,
    input_format_json_defaults_for_missing_elements_in_named_tuple = 1,
    type_json_skip_duplicated_paths = 1;

-- Records and errors of each component, by minute.
SELECT
    component,
    toStartOfMinute(timestamp) AS minute,
    count() AS records,
    countIf(level IN ('ERROR', 'CRITICAL')) AS errors
FROM anivault_logs FINAL
GROUP BY component, minute
ORDER BY minute, component;

-- How long services take to answer, by endpoint.
SELECT
    fields.endpoint::String AS endpoint,
    count() AS requests,
    quantile(0.5)(fields.duration_ms::Float64) AS p50_ms,
    quantile(0.95)(fields.duration_ms::Float64) AS p95_ms
FROM anivault_logs FINAL
WHERE event = 'api_request'
GROUP BY endpoint
ORDER BY requests DESC, endpoint;

-- Numbers that no file has: records that were lost, of each process.
SELECT run, min(seq) AS first, max(seq) AS last, last - first + 1 - uniqExact(seq) AS missing
FROM anivault_logs
WHERE seq > 0
GROUP BY run
ORDER BY first, run;
