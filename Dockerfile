# The program `gen` in a small image: docker build -t fanwise . && docker run --rm -v "$PWD":/data fanwise run shop.yaml
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS build
WORKDIR /source
COPY . .
RUN python -m pip wheel --no-deps --wheel-dir /wheels .

FROM python:${PYTHON}-slim
# More extras: docker build --build-arg EXTRAS=sql,delta,cloud .
ARG EXTRAS=sql,discover
COPY constraints/known-good.txt /tmp/known-good.txt
COPY --from=build /wheels /wheels
RUN wheel=$(echo /wheels/fanwise-*.whl) \
    && python -m pip install --no-cache-dir -c /tmp/known-good.txt "${wheel}[${EXTRAS}]" \
    && rm -r /wheels /tmp/known-good.txt \
    && useradd --create-home fanwise
USER fanwise
WORKDIR /data
ENTRYPOINT ["gen"]
CMD ["--help"]
