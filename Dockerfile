FROM python:3.13-slim AS build
WORKDIR /app
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY constraints.txt ./
# Everything above the line "# test" is what the product runs on.
RUN sed '/^# test$/,$d' constraints.txt > runtime.txt \
 && python -m venv /venv \
 && /venv/bin/pip install --no-deps --require-hashes -r runtime.txt
COPY . .
RUN /venv/bin/pip install --no-deps --no-build-isolation -e .

FROM python:3.13-slim
RUN useradd --system --create-home --home-dir /var/lib/mistadmin mistadmin
COPY --from=build /venv /venv
COPY --from=build /app /app
ENV PATH=/venv/bin:$PATH MISTADMIN_HOME=/var/lib/mistadmin/state PYTHONUNBUFFERED=1
WORKDIR /app
USER mistadmin
RUN mkdir -m 700 "$MISTADMIN_HOME"
VOLUME /var/lib/mistadmin/state
EXPOSE 8000
ENTRYPOINT ["mistadmin"]
CMD ["serve", "--host", "0.0.0.0"]
