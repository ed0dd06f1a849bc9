"""French: what the command line says, by its English."""

from visavis.cli.french.click_words import CLICK_WORDS, NAMES
from visavis.cli.french.errors import ERRORS, SYSTEM
from visavis.cli.french.errors_files import ERRORS_FILES
from visavis.cli.french.errors_networks import ERRORS_NETWORKS
from visavis.cli.french.errors_research import ERRORS_RESEARCH
from visavis.cli.french.errors_stores import ERRORS_STORES
from visavis.cli.french.errors_training import ERRORS_TRAINING
from visavis.cli.french.help import HELP
from visavis.cli.french.help_research import HELP_RESEARCH
from visavis.cli.french.messages import MESSAGES
from visavis.cli.french.training import TRAINING
from visavis.cli.french.upkeep import UPKEEP
from visavis.cli.translation import Catalogue, unbroken

CLICK = unbroken(CLICK_WORDS)
CATALOGUE = Catalogue(
    NAMES,
    HELP,
    HELP_RESEARCH,
    MESSAGES,
    ERRORS,
    ERRORS_FILES,
    ERRORS_NETWORKS,
    ERRORS_RESEARCH,
    ERRORS_STORES,
    ERRORS_TRAINING,
    SYSTEM,
    TRAINING,
    UPKEEP,
)
