"""The least of an application; frozen, as a service, in a container."""

from anivault_loguru import logger

logger.info("hello {name}", name="world")
logger.bind(component="cache").error("no luck")
