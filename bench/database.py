"""Throw-away databases beside the one of DATABASE_URL, and an empty Redis database when there is one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg2
import redis
from psycopg2 import sql

DEFAULT_SERVER = "postgres://postgres@127.0.0.1:5432/postgres"
DEFAULT_REDIS = "redis://127.0.0.1:6379"


class NoServer(Exception):
    """The PostgreSQL server cannot be used; the message is for the operator."""


@contextmanager
def throw_away_database(server: str, *, keep: bool = False) -> Iterator[str]:
    """The address of a new database on the server of that address; dropped at the end unless kept."""
    name = f"mistadmin_bench_{os.getpid()}"
    if not server.startswith("postgres"):
        raise NoServer(f"benchmarks need PostgreSQL, and DATABASE_URL is {server.partition(':')[0]}")
    _execute(server, "CREATE DATABASE {}", name)
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        if not keep:
            _execute(server, "DROP DATABASE {} WITH (FORCE)", name)


@contextmanager
def empty_redis(server: str) -> Iterator[str | None]:
    """The address of an empty Redis database, emptied again at the end; None without a server."""
    client = None
    for number in range(15, 0, -1):
        url = urlsplit(server)._replace(path=f"/{number}").geturl()
        client = redis.Redis.from_url(url, socket_connect_timeout=1)
        try:
            if client.dbsize() == 0:
                break
        except redis.RedisError:
            client = None
            break
    else:
        client = None
    try:
        yield url if client else None
    finally:
        if client:
            client.flushdb()
            client.close()


def _execute(server: str, statement: str, name: str) -> None:
    try:
        connection = psycopg2.connect(server)
    except psycopg2.OperationalError as error:
        raise NoServer(f"PostgreSQL does not answer: {error}") from error
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL(statement).format(sql.Identifier(name)))
    finally:
        connection.close()
