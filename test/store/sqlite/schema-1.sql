PRAGMA application_id = 0x57415244;
PRAGMA user_version = 1;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE type(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
INSERT INTO type VALUES(96,'Observation');
INSERT INTO type VALUES(103,'Patient');
CREATE TABLE path(id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, UNIQUE(kind, name));
INSERT INTO path VALUES(1436,'token','Observation.code');
INSERT INTO path VALUES(1458,'token','Observation.status');
INSERT INTO path VALUES(1459,'reference','Observation.subject');
INSERT INTO path VALUES(1463,'quantity','Observation.value.ofType(Quantity)');
INSERT INTO path VALUES(1546,'date','Patient.birthDate');
INSERT INTO path VALUES(1548,'token','Patient.deceased.exists()');
INSERT INTO path VALUES(1550,'token','Patient.gender');
INSERT INTO path VALUES(1552,'token','Patient.identifier');
INSERT INTO path VALUES(1559,'string','Patient.name');
INSERT INTO path VALUES(1560,'string','Patient.name.family');
CREATE TABLE system(id INTEGER PRIMARY KEY, uri TEXT NOT NULL UNIQUE);
INSERT INTO system VALUES(1,'http://hl7.org/fhir/administrative-gender');
INSERT INTO system VALUES(2,'urn:mrn');
INSERT INTO system VALUES(3,'http://hl7.org/fhir/observation-status');
INSERT INTO system VALUES(4,'http://loinc.org');
CREATE TABLE resource(
    rid INTEGER PRIMARY KEY, type INTEGER NOT NULL, id NOT NULL, vid INTEGER NOT NULL, seq INTEGER NOT NULL,
    deleted INTEGER NOT NULL, updated INTEGER NOT NULL, UNIQUE(type, id));
INSERT INTO resource VALUES(1,103,'p1',2,3,0,1795348702348);
INSERT INTO resource VALUES(2,96,X'00000000000040008000000000000001',1,2,0,1795348702292);
INSERT INTO resource VALUES(3,103,'p2',2,5,1,1795348702394);
CREATE TABLE version(
    seq INTEGER PRIMARY KEY, rid INTEGER NOT NULL, vid INTEGER NOT NULL, updated INTEGER NOT NULL, method TEXT NOT NULL,
    deleted INTEGER NOT NULL, hash BLOB, body TEXT);
INSERT INTO version VALUES(1,1,1,1795348702240,'PUT',0,X'e7842dd89c914bb365d51ad3dcdbcfb9','{"resourceType":"Patient","id":"p1","meta":{"versionId":"1","lastUpdated":"2026-11-22T11:58:22.240Z"},"gender":"male","birthDate":"1970-02-03","name":[{"family":"Smith"}],"identifier":[{"system":"urn:mrn","value":"1"}]}');
INSERT INTO version VALUES(2,2,1,1795348702292,'PUT',0,X'c469725f5e8f588be528d8b11f0845dd','{"resourceType":"Observation","id":"00000000-0000-4000-8000-000000000001","meta":{"versionId":"1","lastUpdated":"2026-11-22T11:58:22.292Z"},"status":"final","code":{"coding":[{"system":"http://loinc.org","code":"1"}]},"subject":{"reference":"Patient/p1"},"valueQuantity":{"value":5.4,"unit":"mg"}}');
INSERT INTO version VALUES(3,1,2,1795348702348,'PUT',0,X'40f478943edc2c10b0dddaaca6db5996','{"resourceType":"Patient","id":"p1","meta":{"versionId":"2","lastUpdated":"2026-11-22T11:58:22.348Z"},"gender":"female","birthDate":"1970-02-03","name":[{"family":"Smith"}],"identifier":[{"system":"urn:mrn","value":"1"}]}');
INSERT INTO version VALUES(4,3,1,1795348702373,'PUT',0,X'2d2b046193e42f48419f9dbafadefa9b','{"resourceType":"Patient","id":"p2","meta":{"versionId":"1","lastUpdated":"2026-11-22T11:58:22.373Z"}}');
INSERT INTO version VALUES(5,3,2,1795348702394,'DELETE',1,NULL,NULL);
CREATE TABLE token(
    path INTEGER NOT NULL, code TEXT NOT NULL, system INTEGER NOT NULL, rid INTEGER NOT NULL,
    PRIMARY KEY(path, code, system, rid)) WITHOUT ROWID;
INSERT INTO token VALUES(1436,'1',4,2);
INSERT INTO token VALUES(1458,'final',3,2);
INSERT INTO token VALUES(1548,'false',0,1);
INSERT INTO token VALUES(1550,'female',1,1);
INSERT INTO token VALUES(1552,'1',2,1);
CREATE TABLE reference(
    path INTEGER NOT NULL, target NOT NULL, type INTEGER NOT NULL, rid INTEGER NOT NULL,
    PRIMARY KEY(path, target, type, rid)) WITHOUT ROWID;
INSERT INTO reference VALUES(1459,'p1',103,2);
CREATE TABLE uri(
    path INTEGER NOT NULL, value TEXT NOT NULL, rid INTEGER NOT NULL,
    PRIMARY KEY(path, value, rid)) WITHOUT ROWID;
CREATE TABLE string(
    path INTEGER NOT NULL, folded TEXT NOT NULL, exact TEXT NOT NULL, rid INTEGER NOT NULL,
    PRIMARY KEY(path, folded, exact, rid)) WITHOUT ROWID;
INSERT INTO string VALUES(1559,'smith','Smith',1);
INSERT INTO string VALUES(1560,'smith','Smith',1);
CREATE TABLE date(
    path INTEGER NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL, wide INTEGER NOT NULL, rid INTEGER NOT NULL,
    PRIMARY KEY(path, start, stop, wide, rid)) WITHOUT ROWID;
INSERT INTO date VALUES(1546,2851200000,2937600000,0,1);
CREATE TABLE number(
    path INTEGER NOT NULL, value REAL NOT NULL, rid INTEGER NOT NULL,
    PRIMARY KEY(path, value, rid)) WITHOUT ROWID;
CREATE TABLE quantity(
    path INTEGER NOT NULL, value REAL NOT NULL, code TEXT NOT NULL, system INTEGER NOT NULL, unit TEXT NOT NULL, rid INTEGER NOT NULL,
    PRIMARY KEY(path, value, code, system, unit, rid)) WITHOUT ROWID;
INSERT INTO quantity VALUES(1463,5.4000000000000003552,'',0,'mg',2);
CREATE TABLE compartment(
    patient NOT NULL, type INTEGER NOT NULL, rid INTEGER NOT NULL,
    PRIMARY KEY(patient, type, rid)) WITHOUT ROWID;
INSERT INTO compartment VALUES('p1',96,2);
INSERT INTO compartment VALUES('p1',103,1);
CREATE TABLE claim(key TEXT PRIMARY KEY, rid INTEGER NOT NULL, seq INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE note(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO note VALUES('load','{}');
CREATE INDEX resource_type ON resource(type) WHERE deleted = 0;
CREATE INDEX resource_updated ON resource(type, updated) WHERE deleted = 0;
CREATE UNIQUE INDEX version_rid ON version(rid, vid, hash);
CREATE INDEX string_rid ON string(path, rid);
CREATE INDEX date_rid ON date(path, rid);
CREATE INDEX date_wide ON date(path, stop) WHERE wide = 1;
CREATE INDEX number_rid ON number(path, rid);
CREATE INDEX quantity_rid ON quantity(path, rid);
CREATE INDEX claim_rid ON claim(rid);
COMMIT;
